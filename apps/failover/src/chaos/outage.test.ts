import { describe, expect, it } from 'vitest'
import type { HistoryLine } from '../history.ts'
import { outagesOf } from './outage.ts'

const handled = (at: number, wire = 'redis'): HistoryLine => ({ kind: 'handled', n: at, at, by: 'a', wire })
const published = (at: number): HistoryLine => ({
  ...{ kind: 'published', n: at, at, endedAt: at, outcome: 'ok', by: 'redis' },
})
const strike = { wire: 'redis', fault: 'kill', at: 1_000, until: 2_000 } as const

describe('an outage', () => {
  it('has its gap between the strike and the next one, and knows how much its wire had carried', () => {
    const entries = [100, 900, 990].map(at => handled(at)).concat(handled(995, 'nats'), handled(1_300), handled(1_400))
    expect(outagesOf([strike], [...entries, published(1_400)])).toEqual([
      { wire: 'redis', fault: 'kill', carried: 75, gapMs: 300 },
    ])
  })

  it('has all of a gap that begins before the next strike, and none of what is after the last publish', () => {
    expect(outagesOf([strike], [handled(1_900), handled(2_900), published(2_500)])[0]?.gapMs).toBe(900)
    expect(outagesOf([strike], [handled(1_900), handled(2_900), published(3_500)])[0]?.gapMs).toBe(1_000)
    expect(outagesOf([strike], [handled(990), handled(2_100), handled(9_000), published(9_000)])[0]?.gapMs).toBe(1_100)
  })
})
