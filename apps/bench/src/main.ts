import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type Command, parseCommand, UsageError, usage } from './command-line.ts'
import { measure, profile } from './measure.ts'
import { toProfileTable, toTable } from './report.ts'
import { fullEffort, quickEffort, type Result } from './scenario.ts'
import { type Target, targets } from './targets/index.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

async function bench({ target, json, scenarios: wanted, quick, profiles }: Command): Promise<void> {
  const { scenarios } = await (targets[target] as () => Promise<Target>)()
  const chosen = scenarios.filter(({ name }) => wanted.some(part => name.includes(part)))
  if (chosen.length === 0) {
    const names = scenarios.map(({ name }) => `\n  ${name}`).join('')
    throw new UsageError(`No scenario of ${target} is called like "${wanted.join('" or "')}". There are:${names}`)
  }
  const effort = quick ? quickEffort : fullEffort
  print(`${target} on Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`)
  const results: Result[] = []
  for (const scenario of chosen) {
    if (profiles) {
      for (const taken of await profile(target, scenario, effort)) print(toProfileTable(scenario.name, taken))
    } else {
      const measured = await measure(target, scenario, effort)
      results.push(...measured)
      print(toTable(scenario.name, measured))
    }
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ results }, undefined, 2)}\n`)
}

const names = Object.keys(targets)
try {
  const command = parseCommand(process.argv.slice(2), names)
  if (command) await bench(command)
  else print(usage(names))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n\n${usage(names)}\n`)
  process.exitCode = 2
}
