import { describe, expect, it } from 'vitest'
import type { SuiteReport } from '../../packages/transport-conformance/src/suite.ts'
import { formatReports, toJson } from './table.ts'

const reports: readonly SuiteReport[] = [
  {
    transport: 'memory',
    rules: [
      { id: 'ACK-01', title: 'An acked frame is gone.', result: 'pass' },
      { id: 'FLT-01', title: 'A cut loses nothing.', result: 'else', reason: 'there is no wire' },
    ],
  },
  {
    transport: 'pigeon',
    rules: [
      { id: 'ACK-01', title: 'An acked frame is gone.', result: 'fail', reason: 'It came back\n+ 2\n- 1', error: 'x' },
      { id: 'FLT-01', title: 'A cut loses nothing.', result: 'not run', reason: 'no net at hand' },
    ],
  },
]

describe('the table of conformance', () => {
  it('has a row for each rule and a column for each transport, and says why', () => {
    expect(formatReports(reports).split('\n')).toEqual([
      'rule    memory  pigeon',
      'ACK-01  pass    fail',
      'FLT-01  else    not run (no net at hand)',
      '',
      'memory:',
      '  FLT-01 else: there is no wire',
      '',
      'pigeon:',
      '  ACK-01 fail: It came back',
      '',
      'memory: 1 pass, 1 else, 0 fail, 0 not run',
      'pigeon: 0 pass, 0 else, 1 fail, 1 not run',
    ])
  })

  it('leaves out of the JSON what programs cannot read', () => {
    const [memory, pigeon] = JSON.parse(toJson(reports))
    expect(memory).toEqual(reports[0])
    expect(Object.keys(pigeon.rules[0])).toEqual(['id', 'title', 'result', 'reason'])
  })
})
