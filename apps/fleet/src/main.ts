import { appendFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSmError } from '@sm/core'
import { BrokerError } from '../../../tooling/brokers/index.ts'
import { serve } from './brokers.ts'
import { type Command, parseCommand, UsageError, usage } from './command-line.ts'
import { type FleetOptions, processesOf, runFleet } from './fleet.ts'
import { launchInProcess } from './launch/in-process.ts'
import { Processes } from './launch/processes.ts'
import { LiveTable, toProgressLine, toProgressTable } from './view/progress.ts'
import { toSummaryText } from './view/summary-text.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

/** A live table in a terminal, plain lines elsewhere, nothing beside JSON. */
function toWatched(json: boolean): Pick<FleetOptions, 'watched'> {
  if (json) return {}
  if (!process.stdout.isTTY) {
    return { watched: { everyMs: 1_000, show: (ledger, elapsedMs) => print(toProgressLine(ledger, elapsedMs)) } }
  }
  const table = new LiveTable(process.stdout)
  return { watched: { everyMs: 250, show: (ledger, elapsedMs) => table.draw(toProgressTable(ledger, elapsedMs)) } }
}

/** An error of the operating system, such as an archive in a folder that is not there. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

async function run(command: Command): Promise<void> {
  const { transports, close } = await serve(command.transports)
  await runOn(transports, command).finally(close)
}

async function runOn(transports: readonly string[], command: Command): Promise<void> {
  const { forMs, agents: probes, archive: given, json, chaosSeed } = command

  const archive = given ?? join(await mkdtemp(join(tmpdir(), 'sm-fleet-')), 'archive.jsonl')
  // Whether it can be written shows before anybody is launched.
  await appendFile(archive, '')
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const plan = { forMs, probes, transports, archive, kills: true, chaosSeed }
  const together = transports.every(name => name === 'memory')
  const processes = new Processes(together ? 0 : processesOf(plan))
  const launch = together ? launchInProcess : processes.launch
  const summary = await runFleet(plan, { launch, signal: interrupted.signal, ...toWatched(json) }).finally(() =>
    processes.close(),
  )
  print(json ? JSON.stringify(summary, undefined, 2) : `\n${toSummaryText(summary)}`)
  if (!summary.ok) process.exitCode = 1
}

try {
  const command = parseCommand(process.argv.slice(2))
  if (command) await run(command)
  else print(usage)
} catch (error) {
  process.exitCode = 2
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}\n`)
  else if (isSmError(error) || isSystemError(error) || error instanceof BrokerError)
    process.stderr.write(`${error.message}\n`)
  else throw error
}
