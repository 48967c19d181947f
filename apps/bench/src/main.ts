import { writeFileSync } from 'node:fs'
import { type Command, parseCommand, parseSoak, UsageError, usage } from './command-line.ts'
import { conditionsNow } from './conditions.ts'
import { measure, profile } from './measure.ts'
import { toProfileTable, toTable } from './report.ts'
import { Revision } from './revision.ts'
import { fullEffort, quickEffort, type Result, type Skipped } from './scenario.ts'
import { soak, soakTransports } from './soak.ts'
import type { Target } from './target.ts'
import { targets } from './targets/index.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

async function bench({ target, json, scenarios: wanted, quick, profiles, against }: Command): Promise<void> {
  const { scenarios, prepare } = await (targets[target] as () => Promise<Target>)()
  const chosen = scenarios.filter(({ name }) => wanted.some(part => name.includes(part)))
  if (chosen.length === 0) {
    const names = scenarios.map(({ name }) => `\n  ${name}`).join('')
    throw new UsageError(`No scenario of ${target} is called like "${wanted.join('" or "')}". There are:${names}`)
  }
  await using revision = against === undefined ? undefined : await Revision.checkOut(against)
  const effort = quick ? quickEffort : fullEffort
  const conditions = conditionsNow()
  print(`${target} on Node ${conditions.node}, ${conditions.processor}`)
  const results: Result[] = []
  const skipped: Skipped[] = []
  const { absent = new Map<string, string>(), close } = (await prepare?.()) ?? {}
  const options = { target, effort, absent }
  try {
    for (const found of chosen) {
      const scenario = revision ? await revision.against(target, found) : found
      if (!scenario) {
        print(`\n# ${found.name}\n${against} has nothing of ours to measure against`)
        continue
      }
      if (profiles) {
        for (const taken of await profile(scenario, options)) print(toProfileTable(scenario.name, taken))
      } else {
        const measured = await measure(scenario, options)
        results.push(...measured.results)
        skipped.push(...measured.skipped)
        print(toTable(scenario.name, measured.results, measured.skipped))
      }
    }
  } finally {
    await close?.()
  }
  const file = { conditions, results, skipped }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(file, undefined, 2)}\n`)
}

// Servers that were started for the benchmark are ended as the process exits, which a signal would pass over.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const names = Object.keys(targets)
try {
  const [word, ...rest] = process.argv.slice(2)
  if (word === 'soak') process.exitCode = (await soak(parseSoak(rest, soakTransports), print)) ? 0 : 1
  else {
    const command = parseCommand(process.argv.slice(2), names)
    if (command) await bench(command)
    else print(usage(names))
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${usage(names)}\n`)
  process.exitCode = 2
}
