import { describe, expect, it } from 'vitest'
import { chooseHarnesses, findHarnesses } from './harnesses.ts'

describe('the harnesses of the workspace', () => {
  it('are found by convention, each under a name of its own', async () => {
    const names = (await findHarnesses()).map(({ harness }) => harness.name)
    expect(names).toContain('memory')
    expect(new Set(names).size).toBe(names.length)
  })

  it('are chosen by name, and one that is not there is refused with those that are', async () => {
    const all = await findHarnesses()
    expect(chooseHarnesses(all, [])).toEqual(all)
    expect(chooseHarnesses(all, ['memory']).map(({ harness }) => harness.name)).toEqual(['memory'])
    expect(() => chooseHarnesses(all, ['carrier-pigeon'])).toThrow(/carrier-pigeon.*memory/)
  })
})
