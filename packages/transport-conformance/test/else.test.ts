import { describe, expect, it } from 'vitest'
import { runSuite } from '../src/suite.ts'
import { bases } from './harnesses.ts'

const idsBy = async (name: keyof typeof bases) => {
  const { rules } = await runSuite(bases[name](), { codecs: ['json'] })
  const ids: Record<string, string[]> = { pass: [], else: [], fail: [], 'not run': [] }
  for (const { id, result, reason } of rules) ids[result]?.push(result === 'fail' ? `${id}: ${reason}` : id)
  return ids
}

describe('the suite on transports that differ in what they can do', () => {
  it.for(Object.keys(bases) as (keyof typeof bases)[])('nothing fails and nothing is left out: %s', async name => {
    const { fail, 'not run': notRun } = await idsBy(name)
    expect(fail).toEqual([])
    expect(notRun).toEqual([])
  })
})
