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
      { wire: 'redis', fault: 'kill', carried: 75, gapMs: 305 },
    ])
  })

  it('has all of a gap that is mostly after it, and none of what is after the last publish', () => {
    const gap = (...moments: number[]) => {
      const last = published(moments.at(-1) as number)
      return outagesOf([strike], [...moments.slice(0, -1).map(at => handled(at)), last])[0]?.gapMs
    }
    expect(gap(990, 2_100, 9_000)).toBe(1_110)
    expect(gap(1_000, 1_300, 1_990, 3_900, 3_900)).toBe(690)
    expect(gap(1_900, 9_000, 2_050)).toBe(150)
  })
})
