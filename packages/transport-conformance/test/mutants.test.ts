import { describe, expect, it } from 'vitest'
import type { TransportHarness } from '../src/harness.ts'
import { cases, runSuite } from '../src/suite.ts'
import { bases } from './harnesses.ts'
import { mutants } from './mutants/index.ts'
import type { Mutant } from './mutants/mutant.ts'

function harnessOf({ name, base = 'memory', context: change = same => same, mutate }: Mutant): TransportHarness {
  const harness = bases[base]()
  return {
    ...harness,
    name,
    open: async context => mutate(await harness.open(change(context)), context),
  }
}

describe('mutants: the suite fails on each, and names the rule', { concurrent: true }, () => {
  it.for(mutants)('$name', { timeout: 60_000 }, async (mutant, { expect }) => {
    const { rules } = await runSuite(harnessOf(mutant), { codecs: ['json'], atOnce: cases.length })
    const broken = rules.filter(({ result }) => result === 'fail')
    const shown = broken.map(({ id, reason }) => `${id}: ${reason}`).join('\n')
    expect(broken.map(({ id }) => id).sort(), shown).toEqual([...mutant.breaks].sort())
  })
})

describe('the mutants', () => {
  it('break every rule there is', () => {
    const broken = new Set(mutants.flatMap(({ breaks }) => breaks))
    expect(cases.map(({ id }) => id).filter(id => !broken.has(id))).toEqual([])
  })
})
