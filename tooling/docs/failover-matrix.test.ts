import { describe, expect, it } from 'vitest'
import type { CellResult } from '../../apps/failover/src/cell.ts'
import { gapsOf } from '../../apps/failover/src/chaos/gaps.ts'
import type { ChaosResult } from '../../apps/failover/src/chaos/run-chaos.ts'
import { faultsOf, wireNames } from '../../apps/failover/src/faults.ts'
import type { KeptFile } from '../../apps/failover/src/kept-file.ts'
import { failoverPage, keptChaos, keptMatrix } from './failover-matrix.ts'

const conditions = { date: '2026-12-01', node: 'v24.0.0', processor: '2 × Some' }
const verdict = {
  published: 7_000,
  handled: 7_000,
  lost: 0,
  lostWithData: 2,
  twice: 0,
  redelivered: 0,
  unknown: 0,
  failed: 0,
  late: 3,
  longestGapMs: 16,
  wires: { redis: 3_000, nats: 4_000 },
}
const matrix = (changes: object): KeptFile<CellResult> => ({
  conditions,
  results: [
    {
      cell: { wires: ['redis', 'nats'], fault: 'restart', instances: 1, perSecond: 1_000, goneMs: 4_000 },
      verdict: { ...verdict, ...changes },
    },
  ],
})
const chaos = (changes: object): KeptFile<ChaosResult> => ({
  conditions,
  results: [
    {
      run: { seed: 7, instances: 3, messages: 7_000, perSecond: 1_000 },
      ladder: ['redis', 'nats'],
      verdict: { ...verdict, ...changes },
      outages: [{ wire: 'redis', fault: 'kill', carried: 100, gapMs: 21 }],
    },
  ],
})

/** Bounds of the longest gaps, in milliseconds. */
const bounds = { kill: 300, restart: 300, freeze: 1_500, 'half-open': 1_500, 'one-way': 1_500, slow: 1_500 }

describe('the failover matrix', () => {
  it('has a row for each cell, and for each long run', () => {
    const { text } = failoverPage(matrix({}), chaos({}))
    expect(text).toContain('| redis | nats | restart | 1 | 7,000 | 16 | 0 | 2 | 0 | 0 | 0 | 0 | 3 | 3,000 | 4,000 |')
    expect(text).toContain('| 7 | redis, nats | 3 | 7,000 | 1 | 16 | 0 | 0 | 0 | 0 | 0 |')
    expect(text).toContain('| kill | 1 | 21 | 21 | 21 |')
  })

  it.each([{ lost: 1 }, { twice: 1 }])('is not made where %j', changes => {
    expect(() => failoverPage(matrix(changes), chaos({}))).toThrow('redis, then nats')
    expect(() => failoverPage(matrix({}), chaos(changes))).toThrow('seed 7')
  })

  it('that is kept has each pair of wires in both orders, with each fault, and its gaps are within their bounds', () => {
    const { results } = keptMatrix()
    for (const first of wireNames) {
      for (const second of wireNames.filter(other => other !== first)) {
        for (const fault of faultsOf(first)) {
          const cells = results.filter(({ cell }) => cell.fault === fault && cell.wires.join() === `${first},${second}`)
          expect(cells.map(({ cell }) => cell.instances)).toEqual([1, 3])
          for (const each of cells) expect(each.verdict.longestGapMs).toBeLessThan(bounds[fault])
        }
      }
    }
  })

  it('that is kept has long runs with one and three instances, and their gaps are within their bounds', () => {
    const { results } = keptChaos()
    expect(new Set(results.map(({ run }) => run.instances))).toEqual(new Set([1, 3]))
    for (const { run, verdict } of results) expect(verdict.published).toBe(run.messages)
    for (const { fault, p99 } of gapsOf(results)) expect(p99).toBeLessThan(bounds[fault])
  })
})
