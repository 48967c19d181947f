/** The first seed of those runs that notices the slip that SM_SOURCE_BUG names, as JSON. */
import { isSmError } from '@sm/core'
import { simulate } from '../src/simulate.ts'
import { slipRuns } from './slip-runs.ts'
import { sourceBugs } from './source-bugs.ts'

const planted = sourceBugs.find(({ name }) => name === process.env.SM_SOURCE_BUG)
if (!planted) throw new Error(`There is no slip "${process.env.SM_SOURCE_BUG}"`)
const { run, rules } = planted
const maxSeeds = Number(process.argv[2])

async function brokenBy(seed: number): Promise<readonly string[]> {
  try {
    await simulate(slipRuns[run](seed))
    return []
  } catch (error) {
    if (!isSmError(error) || error.code !== 'SM_SIMULATION_FAILED') throw error
    return error.details.rules as readonly string[]
  }
}

for (let seed = 1; seed <= maxSeeds; seed++) {
  const broken = await brokenBy(seed)
  const rule = broken.find(each => rules.includes(each))
  if (rule === undefined) continue
  process.stdout.write(JSON.stringify({ seed, rule }))
  break
}
