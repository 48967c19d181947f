import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { BrokerError } from '../../../tooling/brokers/index.ts'
import { type Cell, type FailoverFile, runCell } from './cell.ts'
import { parseCommand, UsageError, usage } from './command-line.ts'
import type { Verdict } from './history.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)

const head = [
  'first',
  'second',
  'fault',
  'instances',
  'published',
  'gap ms',
  'lost',
  'twice',
  'again',
  'unknown',
  'failed',
  'late',
  'by wire',
]
const widths = [7, 7, 7, 9, 9, 7, 6, 6, 6, 8, 7, 6, 0]

const row = (cells: readonly (string | number)[]) =>
  cells.map((cell, i) => String(cell).padEnd(widths[i] as number)).join(' ')

function toRow({ wires, fault, instances }: Cell, verdict: Verdict): string {
  const byWire = Object.entries(verdict.wires)
    .map(([wire, count]) => `${wire} ${count}`)
    .join(', ')
  const { published, longestGapMs, lost, twice, redelivered, unknown, failed, late } = verdict
  return row([
    ...wires,
    fault,
    instances,
    published,
    longestGapMs,
    lost,
    twice,
    redelivered,
    unknown,
    failed,
    late,
    byWire,
  ])
}

try {
  const command = parseCommand(process.argv.slice(2))
  if (!command) print(usage)
  else {
    const results: FailoverFile['results'][number][] = []
    print(row(head))
    for (const cell of command.cells) {
      const verdict = await runCell(cell)
      results.push({ cell, verdict })
      print(toRow(cell, verdict))
      if (verdict.lost > 0 || verdict.twice > 0) process.exitCode = 1
    }
    const conditions = {
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      processor: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    }
    if (command.json !== undefined)
      writeFileSync(command.json, `${JSON.stringify({ conditions, results }, undefined, 2)}\n`)
  }
} catch (error) {
  process.exitCode = 2
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}\n`)
  else if (error instanceof BrokerError) process.stderr.write(`${error.message}\n`)
  else throw error
}
