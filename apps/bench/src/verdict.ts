import type { Verdict } from './scenario.ts'

/**
 * The verdict on what was measured, by the middle half of its rounds: met or missed where that lies on one side of each bound,
 * else unclear. Noise may be large; then nothing is said.
 */
export function verdictOf([low, high]: readonly [number, number], atLeast: number, atMost: number): Verdict {
  if (low >= atLeast && high <= atMost) return 'met'
  return high < atLeast || low > atMost ? 'MISSED' : 'unclear'
}
