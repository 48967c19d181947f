import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { simulate } from '../src/simulate.ts'
import { slipRuns } from './slip-runs.ts'
import { requirePlace, type SourceBug, sourceBugs } from './source-bugs.ts'

const maxSeeds = 500
const controlSeeds = 5

/** What a process that has the slip in its code finds: the first seed that notices it. */
async function seedThatFinds({
  name,
}: SourceBug): Promise<{ readonly seed: number; readonly rule: string } | undefined> {
  const [load, find] = ['load-with-bug.ts', 'find-seed.ts'].map(file => join(import.meta.dirname, file)) as [
    string,
    string,
  ]
  const args = ['--conditions=@sm/source', '--import', load, find, String(maxSeeds)]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, SM_SOURCE_BUG: name },
  })
  return stdout === '' ? undefined : JSON.parse(stdout)
}

describe('a slip in the code that fails over is found within 500 seeds:', () => {
  it.each(sourceBugs.map(bug => [bug.name, bug] as const))(
    '%s',
    async (name, bug) => {
      requirePlace(bug)
      const found = await seedThatFinds(bug)
      console.log(`${name}: seed ${found?.seed} breaks ${found?.rule}`)
      expect(bug.rules).toContain(found?.rule)
    },
    240_000,
  )
})

describe('nothing is found where there is no slip:', () => {
  it.each(Object.entries(slipRuns))('%s', async (_name, run) => {
    for (let seed = 1; seed <= controlSeeds; seed++) await simulate(run(seed))
  })
})
