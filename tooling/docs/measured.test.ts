import { describe, expect, it } from 'vitest'
import type { Result } from '../../apps/bench/src/scenario.ts'
import { withPart } from './choose-a-transport.ts'
import { type BenchmarkFile, benchmarkFiles, measuredTable } from './measured.ts'

const conditions = {
  date: '2026-01-02',
  node: 'v24.0.0',
  platform: 'linux x64',
  processor: '2 × Some CPU',
  memoryGiB: 8,
}
const oneWay: Result = {
  scenario: 'one-way 128 B',
  system: 'smartmessage',
  delivery: 'at-most-once',
  opsPerSecond: 123_456,
}
const asking: Result = { ...oneWay, scenario: 'request 128 B, 1 in flight', p50us: 27.4, p99us: 1_570 }
const results: readonly Result[] = [
  { ...oneWay, system: 'raw', opsPerSecond: 9_999_999 },
  oneWay,
  { ...oneWay, system: 'smartmessage at-least-once', delivery: 'at-least-once', opsPerSecond: 4_321 },
  asking,
  { ...asking, scenario: 'request 128 B, 64 in flight', opsPerSecond: 65_816 },
]
const file: BenchmarkFile = { target: 'x', conditions, results }

describe('the table of what was measured', () => {
  it('has our figures of each wire, rounded to what they mean, and on what they were measured', () => {
    const text = measuredTable([file])
    expect(text).toContain('| `x` | 120,000 | 4,300 | 27 µs | 1.6 ms | 66,000 |')
    expect(text).toContain('2026-01-02, Node v24.0.0, linux x64, 2 × Some CPU, 8 GiB')
    expect(text).toContain('pnpm bench x --json')
  })

  it('is refused when a scenario was not measured', () => {
    expect(() => measuredTable([{ ...file, results: results.slice(2) }])).toThrow('lacks a scenario')
  })

  it('has what is kept in the repository', () => {
    const kept = benchmarkFiles()
    expect(kept.map(({ target }) => target)).toEqual(expect.arrayContaining(['memory', 'named-pipes']))
    for (const { conditions: kind } of kept) expect(kind.date).toMatch(/^\d{4}-\d\d-\d\d$/)
  })
})

describe('a generated part of a paper', () => {
  const paper = 'a\n<!-- x: written by "pnpm run docs" -->\nold\n<!-- end of x -->\nb\n'

  it('takes the place of the one before, however often', () => {
    const once = withPart(paper, 'x', 'new')
    expect(once).toBe('a\n<!-- x: written by "pnpm run docs" -->\n\nnew\n\n<!-- end of x -->\nb\n')
    expect(withPart(once, 'x', 'new')).toBe(once)
  })

  it('needs its place', () => {
    expect(() => withPart('a', 'x', 'new')).toThrow('no place for "x"')
  })
})
