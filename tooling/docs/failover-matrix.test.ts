import { describe, expect, it } from 'vitest'
import type { FailoverFile } from '../../apps/failover/src/cell.ts'
import { faultNames } from '../../apps/failover/src/faults.ts'
import { brokerNames } from '../brokers/index.ts'
import { failoverPage, keptMatrix } from './failover-matrix.ts'

const verdict = {
  published: 7_000,
  handled: 7_000,
  lost: 0,
  twice: 0,
  redelivered: 0,
  unknown: 0,
  failed: 0,
  late: 3,
  longestGapMs: 16,
}
const file = (changes: object): FailoverFile => ({
  conditions: { date: '2026-12-01', node: 'v24.0.0', processor: '2 × Some' },
  results: [
    {
      cell: { wires: ['redis', 'nats'], fault: 'kill', instances: 1, perSecond: 1_000, goneMs: 4_000 },
      verdict: { ...verdict, wires: { redis: 3_000, nats: 4_000 }, ...changes },
    },
  ],
})

describe('the failover matrix', () => {
  it('has a row for each cell', () => {
    expect(failoverPage(file({})).text).toContain(
      '| redis | nats | kill | 1 | 7,000 | 16 | 0 | 0 | 0 | 0 | 0 | 3 | 3,000 | 4,000 |',
    )
  })

  it.each([{ lost: 1 }, { twice: 1 }])('is not made where %j', changes => {
    expect(() => failoverPage(file(changes))).toThrow('redis, then nats')
  })

  it('that is kept has each pair of brokers in both orders, with each fault, and its gaps are within their bounds', () => {
    const { results } = keptMatrix()
    const pairs = brokerNames.flatMap(first =>
      brokerNames.filter(second => second !== first).map(second => `${first} ${second}`),
    )
    for (const fault of faultNames) {
      for (const pair of pairs) {
        const cells = results.filter(({ cell }) => cell.fault === fault && cell.wires.join(' ') === pair)
        expect(cells.map(({ cell }) => cell.instances)).toEqual([1, 3])
        for (const each of cells) expect(each.verdict.longestGapMs).toBeLessThan(fault === 'kill' ? 300 : 1_500)
      }
    }
  })
})
