import { expect, it } from 'vitest'
import { gapsOf } from './gaps.ts'

it('the gaps of long runs are those of wires that carried most, by fault', () => {
  const kills = Array.from(
    { length: 200 },
    (_, i) => ({ wire: 'redis', fault: 'kill', carried: 100, gapMs: i + 1 }) as const,
  )
  const idle = { wire: 'nats', fault: 'kill', carried: 0, gapMs: 9_000 } as const
  expect(gapsOf([{ outages: kills }, { outages: [idle] }])).toEqual([
    { fault: 'kill', count: 200, median: 100, p99: 198, most: 200 },
    { fault: 'freeze', count: 0, median: 0, p99: 0, most: 0 },
  ])
})
