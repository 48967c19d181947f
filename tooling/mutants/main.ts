/** Plants one fault after the other, runs the tests that should notice, and prints who did not. `pnpm mutants [text]` */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../workspace/root.ts'
import { type OneLine, oneLineMutants } from './one-line.ts'
import { requirePlace } from './plant.ts'
import { survivorReasons } from './survivors.ts'

const config = join(import.meta.dirname, 'vitest.config.ts')

interface Run {
  readonly passed: boolean
  readonly seconds: number
  /** The first test that failed. Undefined where none did: then the run itself went wrong, which shows nothing. */
  readonly by: string | undefined
}

async function vitest(args: readonly string[], mutant?: string): Promise<Run> {
  const began = performance.now()
  const env = { ...process.env, ...(mutant !== undefined && { SM_MUTANT: mutant }), NO_COLOR: '1' }
  const child = spawn('npx', ['vitest', 'run', ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const outputs = Promise.all([text(child.stdout), text(child.stderr)])
  const [told, [code]] = await Promise.all([outputs, once(child, 'close')])
  const by = /^ FAIL +(.+)$/m.exec(told.join('\n'))?.[1]
  return { passed: code === 0, seconds: (performance.now() - began) / 1_000, by }
}

async function runOne(mutant: OneLine): Promise<boolean> {
  const label = `${mutant.file}: ${mutant.name}`
  const { passed, seconds, by } = await vitest(['--config', config, ...mutant.tests], label)
  const reason = survivorReasons[label]
  const survived = reason ? `SURVIVED, as is known: ${reason}` : 'SURVIVED'
  const end = passed ? survived : by === undefined ? 'THE RUN FAILED, and no test in it' : `noticed by ${by}`
  console.log(`${by === undefined ? '✗' : '✓'} ${label} (${seconds.toFixed(0)} s): ${end}`)
  return by !== undefined || (passed && reason !== undefined)
}

const wanted = process.argv[2] ?? ''
const chosen = oneLineMutants.filter(({ file, name }) => `${file}: ${name}`.includes(wanted))
for (const mutant of chosen) requirePlace(mutant)
let survivors = 0
if (wanted === '') {
  const { passed, seconds, by } = await vitest(['packages/transport-conformance/test/mutants.test.ts'])
  console.log(`${passed ? '✓' : '✗'} the mutants of the suite (${seconds.toFixed(0)} s)${passed ? '' : `: ${by}`}`)
  if (!passed) survivors += 1
}
for (const mutant of chosen) if (!(await runOne(mutant))) survivors += 1
console.log(`${chosen.length} one-line mutants, ${survivors} left without a reason`)
process.exitCode = survivors === 0 ? 0 : 1
