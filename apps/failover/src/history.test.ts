import { describe, expect, it } from 'vitest'
import { type HistoryLine, judge } from './history.ts'

const published = (n: number, outcome: 'ok' | 'failed' | 'unknown' = 'ok'): HistoryLine => ({
  ...{ kind: 'published', n, at: n * 10, endedAt: n * 10 + 1, outcome, by: 'redis' },
})
const handled = (n: number, at = n * 10 + 2, wire = 'redis', by = 'a'): HistoryLine => ({
  kind: 'handled',
  n,
  at,
  by,
  wire,
})

describe('a history', () => {
  it('with everything handled once is clean', () => {
    const entries = [1, 2, 3].flatMap(n => [published(n), handled(n)])
    expect(judge(entries)).toMatchObject({ published: 3, handled: 3, lost: 0, twice: 0, late: 0, wires: { redis: 3 } })
  })

  it('counts what was acknowledged and never handled as lost, and nothing else', () => {
    const entries = [published(1), published(2, 'unknown'), published(3, 'failed')]
    expect(judge(entries)).toMatchObject({ lost: 1, unknown: 1, failed: 1 })
  })

  it('counts apart what a broker had acknowledged before it lost its data', () => {
    const entries = [published(1), published(2), published(30), handled(2)]
    expect(judge(entries, { wire: 'redis', at: 200 })).toMatchObject({ lost: 1, lostWithData: 1 })
    expect(judge(entries, { wire: 'nats', at: 200 })).toMatchObject({ lost: 2, lostWithData: 0 })
  })

  it('counts what was handled twice, whether it was acknowledged or not', () => {
    const entries = [published(1, 'unknown'), handled(1), handled(1, 40, 'nats')]
    expect(judge(entries)).toMatchObject({ twice: 1, wires: { redis: 1, nats: 1 } })
  })

  it('counts what one instance handled twice, and apart what a broker gave to another', () => {
    expect(judge([handled(1), handled(1)])).toMatchObject({ twice: 1, redelivered: 0 })
    expect(judge([handled(1), handled(1, 40, 'redis', 'b')])).toMatchObject({ twice: 0, redelivered: 1 })
    expect(judge([handled(1), handled(1, 40, 'nats', 'b')])).toMatchObject({ twice: 1, redelivered: 0 })
  })

  it('counts what was handled after a later one', () => {
    expect(judge([handled(1, 1), handled(3, 2), handled(2, 3), handled(4, 4)])).toMatchObject({ late: 1 })
  })

  it('has its longest gap where nothing was handled while messages were published', () => {
    const entries = [
      ...[1, 2, 3, 100].map(n => published(n)),
      handled(1, 12),
      handled(2, 22),
      handled(3, 700),
      handled(4, 5_000),
    ]
    expect(judge(entries).longestGapMs).toBe(678)
  })
})
