import { describe, expect, it } from 'vitest'
import { oneLineMutants } from './one-line.ts'
import { requirePlace } from './plant.ts'
import { survivorReasons } from './survivors.ts'

describe('the one-line mutants', () => {
  it('are forty at least, each with a name of its own', () => {
    const labels = oneLineMutants.map(({ file, name }) => `${file}: ${name}`)
    expect(labels.length).toBeGreaterThanOrEqual(40)
    expect(new Set(labels).size).toBe(labels.length)
  })

  it('each find their line, once', () => {
    for (const mutant of oneLineMutants) requirePlace(mutant)
  })

  it('are the only ones for which survival is explained', () => {
    const labels = new Set(oneLineMutants.map(({ file, name }) => `${file}: ${name}`))
    expect(Object.keys(survivorReasons).filter(label => !labels.has(label))).toEqual([])
  })
})
