import { isSmError } from '@sm/core'
import { type Command, parseCommand, UsageError, usage } from './command-line.ts'
import { runExhaustive } from './run-exhaustive.ts'
import { runGrowth } from './run-growth.ts'
import { runSeeds } from './run-seeds.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

async function run(command: Command): Promise<void> {
  if (command.kind === 'seeds') await runSeeds(command, print)
  else if (command.kind === 'growth') await runGrowth(command, print)
  else if (!(await runExhaustive(command, print))) process.exitCode = 3
}

try {
  const command = parseCommand(process.argv.slice(2))
  if (command) await run(command)
  else print(usage)
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    process.exitCode = 2
  } else if (isSmError(error)) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
