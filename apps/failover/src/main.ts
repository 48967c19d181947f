import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { BrokerError } from '../../../tooling/brokers/index.ts'
import type { CellResult } from './cell.ts'
import { printChaos } from './chaos/print-chaos.ts'
import type { ChaosResult } from './chaos/run-chaos.ts'
import { parseCommand, UsageError, usage } from './command-line.ts'
import type { KeptFile } from './kept-file.ts'
import { printMatrix } from './print-matrix.ts'

const print = (text: string) => void process.stdout.write(`${text}\n`)

function keep<Result>(path: string, results: readonly Result[]): void {
  const conditions = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  }
  const file: KeptFile<Result> = { conditions, results }
  writeFileSync(path, `${JSON.stringify(file, undefined, 2)}\n`)
}

try {
  const command = parseCommand(process.argv.slice(2))
  if (!command) print(usage)
  else {
    const { kind, json } = command
    const results: readonly (CellResult | ChaosResult)[] =
      kind === 'matrix' ? await printMatrix(command.cells, print) : await printChaos(command.runs, print)
    if (results.some(({ verdict }) => verdict.lost > 0 || verdict.twice > 0)) process.exitCode = 1
    if (json !== undefined) keep(json, results)
  }
} catch (error) {
  process.exitCode = 2
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}\n`)
  else if (error instanceof BrokerError) process.stderr.write(`${error.message}\n`)
  else throw error
}
