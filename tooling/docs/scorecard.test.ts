import { describe, expect, it } from 'vitest'
import { publishedWires } from '../publishing/wires.ts'
import { contractRules } from './rules.ts'
import { keptScores, type Score, scorecardPage, scoreFaults } from './scorecard.ts'

const rules = [
  { id: 'A-01', text: 'First.', group: 'A' },
  { id: 'A-02', text: 'Second.', group: 'A' },
]
const whole: Score = {
  transport: 'x',
  rules: [
    { id: 'A-01', result: 'pass' },
    { id: 'A-02', result: 'else', reason: 'it is not durable\n  at all' },
  ],
}

it('the kept scores have a row for every transport and every rule, and none fails', () => {
  expect(
    scoreFaults(
      keptScores(),
      publishedWires().map(({ name }) => name),
      contractRules(),
    ),
  ).toEqual([])
})

describe('a scorecard', () => {
  it('lacks a transport, a rule or a success, and says what to run', () => {
    expect(scoreFaults([whole], ['x'], rules)).toEqual([])
    const failed: Score = { transport: 'y', rules: [{ id: 'A-01', result: 'fail' }] }
    expect(scoreFaults([whole, failed], ['x', 'y', 'z'], rules).map(fault => fault.split(':')[0])).toEqual([
      'y fails A-01',
      'y has no row for A-02',
      'z has no score',
    ])
    expect(scoreFaults([], ['x'], rules)[0]).toContain('pnpm conformance --json')
  })

  it('has counts, a row per rule, and the reasons in a line each', () => {
    const { text } = scorecardPage([whole], rules)
    expect(text).toContain('| else | 1 |')
    expect(text).toContain('| `A-02` | else |')
    expect(text).toContain('- `A-02` else: it is not durable\n')
  })
})
