import { describe, expect, it } from 'vitest'
import { cases, inProcesses, runSuite } from '../src/suite.ts'
import { bases } from './harnesses.ts'

const memoryHarness = new URL('../../core/test/harness.ts', import.meta.url)
const noHarness = new URL('./override.ts', import.meta.url)

/** How the first rule comes out, with each peer in a process of its own. */
async function outcomeOf(module: URL) {
  const harness = inProcesses(bases.memory(), module)
  const { rules } = await runSuite({ ...harness, deadlineMs: 10_000 }, { cases: cases.slice(0, 1), codecs: ['json'] })
  return rules[0]
}

describe('a suite whose peers have processes of their own', () => {
  it('says so of a transport that reaches no other process', { timeout: 60_000 }, async () => {
    expect(await outcomeOf(memoryHarness)).toMatchObject({
      result: 'fail',
      reason: expect.stringContaining('memory reaches no other process'),
    })
  })

  it('says so of a module that has no harness', { timeout: 60_000 }, async () => {
    expect(await outcomeOf(noHarness)).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/override\.ts exports no "harness"/),
    })
  })
})
