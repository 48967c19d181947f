import { describe, expect, it } from 'vitest'
import { growthPage, keptGrowth } from './growth.ts'

const traffic = { sentWords: 0.2, sentBytes: 40.4, receivedWords: 20, receivedBytes: 4_000 }
const result = {
  ...{ instances: 10_000, hearing: 20, heapBytesPerKnown: 1_900 },
  comingUp: { ...traffic, cpuMs: 18, allKnownMs: 5_520 },
  idle: { ...traffic, cpuMs: 0.3 },
  newcomer: { receivedWords: 7, receivedBytes: 51_289, allKnownMs: 40 },
}
const conditions = { date: '2026-12-01', node: 'v24.0.0', processor: '2 × Some' }

describe('the page on growth', () => {
  it('has a row for each fleet, and says of which only some agents were whole', () => {
    const { text } = growthPage({ conditions, results: [result, { ...result, instances: 20 }] })
    expect(text).toContain('| 10,000 (20) | 0.2 | 40 | 20 | 4,000 | 0.3 |')
    expect(text).toContain('| 20 | 0.2 | 40 | 20 | 4,000 | 18 | 5,520 |')
    expect(text).toContain('| 20 | 7 | 51,289 | 40 | 1,900 |')
    expect(text).toContain('pnpm simulate --growth 10000 --json docs/data/growth.json')
  })

  it('is kept for fleets of up to 10,000 agents, and an agent at rest gets no more in the largest than in one of 250', () => {
    const { results } = keptGrowth()
    expect(results.map(({ instances }) => instances)).toEqual([10, 100, 1_000, 10_000])
    for (const { idle } of results) expect(idle.receivedWords).toBeLessThan(60)
  })
})
