import { isSmError } from '@sm/core'
import { describe, expect, it } from 'vitest'
import { simulate } from '../src/simulate.ts'
import { controls, type PlantedBug, plantedBugs } from './planted-bugs.ts'

/** Within so many seeds each fault must be found. */
const maxSeeds = 500

/** How many seeds are run without a fault. */
const controlSeeds = 12

/** The first seed under which a planted fault breaks one of its rules. */
async function seedThatFinds({ plant, rules }: PlantedBug): Promise<number | undefined> {
  for (let seed = 1; seed <= maxSeeds; seed++) {
    try {
      await simulate(plant(seed))
    } catch (error) {
      if (!isSmError(error) || error.code !== 'SM_SIMULATION_FAILED') throw error
      if ((error.details.rules as readonly string[]).some(rule => rules.includes(rule))) return seed
    }
  }
  return undefined
}

describe('a planted fault is found within 500 seeds:', () => {
  it.each(plantedBugs.map(bug => [bug.name, bug] as const))(
    '%s',
    async (name, bug) => {
      const seed = await seedThatFinds(bug)
      console.log(`${name}: seed ${seed}`)
      expect(seed).toBeDefined()
    },
    120_000,
  )
})

describe('nothing is found where nothing was planted:', () => {
  it.each(Object.entries(controls))('%s', async (_name, control) => {
    for (let seed = 1; seed <= controlSeeds; seed++) await simulate(control(seed))
  })
})
