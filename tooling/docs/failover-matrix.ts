import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CellResult } from '../../apps/failover/src/cell.ts'
import { gapsOf } from '../../apps/failover/src/chaos/gaps.ts'
import type { ChaosResult } from '../../apps/failover/src/chaos/run-chaos.ts'
import type { Verdict } from '../../apps/failover/src/history.ts'
import type { KeptFile } from '../../apps/failover/src/kept-file.ts'
import { slowMs } from '../../apps/failover/src/wires/line-faults.ts'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'

const matrixData = 'docs/data/failover.json'
const chaosData = 'docs/data/failover-chaos.json'

/** How what is kept is made anew. */
const matrixCommand = `pnpm failover --json ${matrixData} && pnpm run docs`

function chaosCommand(results: readonly ChaosResult[]): string {
  const seeds = [...new Set(results.map(({ run }) => run.seed))]
  return `pnpm failover --chaos --seed ${seeds.join()} --json ${chaosData} && pnpm run docs`
}

function kept(file: string, base: string) {
  return JSON.parse(readFileSync(join(base, file), 'utf8'))
}

/** The matrix that was kept. */
export function keptMatrix(base: string = root): KeptFile<CellResult> {
  return kept(matrixData, base)
}

/** The long runs that were kept. */
export function keptChaos(base: string = root): KeptFile<ChaosResult> {
  return kept(chaosData, base)
}

const number = (count: number) => count.toLocaleString('en')

function cellRow({ cell, verdict }: CellResult): readonly string[] {
  const { published, longestGapMs, lost, lostWithData, twice, redelivered, unknown, failed, late, wires } = verdict
  const [first, second] = cell.wires
  const byWire = [first, second].map(wire => wires[wire] ?? 0)
  const ends = [lost, lostWithData, twice, redelivered, unknown, failed, late]
  return [first, second, cell.fault, ...[cell.instances, published, longestGapMs, ...ends, ...byWire].map(number)]
}

function chaosRow({ run, ladder, verdict, outages }: ChaosResult): readonly string[] {
  const { published, lost, twice, redelivered, unknown, failed, longestGapMs } = verdict
  const counts = [published, outages.length, longestGapMs, lost, twice, redelivered, unknown, failed]
  return [String(run.seed), ladder.join(', '), ...[run.instances, ...counts].map(number)]
}

function requireClean(what: string, { lost, twice }: Verdict, command: string): void {
  if (lost > 0 || twice > 0) throw new Error(`A loss or a repeat was kept of ${what}: run "${command}"`)
}

/** The reference page of what messages go through when wires fail. Throws where something was lost or handled twice. */
export function failoverPage(
  matrix: KeptFile<CellResult> = keptMatrix(),
  chaos: KeptFile<ChaosResult> = keptChaos(),
): Page {
  for (const { cell, verdict } of matrix.results) requireClean(cell.wires.join(', then '), verdict, matrixCommand)
  const runCommand = chaosCommand(chaos.results)
  for (const { run, verdict } of chaos.results) requireClean(`seed ${run.seed}`, verdict, runCommand)
  const { perSecond, goneMs } = (matrix.results[0] as CellResult).cell
  return page(
    'docs/reference/failover.md',
    'Failover matrix',
    `An agent publishes ${number(perSecond)} messages a second, at least once, to one agent over two wires. The first wire fails for ${goneMs / 1_000} seconds; the second is at hand. ${made(matrixData, matrixCommand, matrix)}`,
    'The faults:',
    [
      '- `kill`: the process of the broker is killed, and started again with its data. Of named pipes: every pipe ends, and neither side sees the other until they are back.',
      '- `restart`: the same, and the broker starts again without its data.',
      '- `freeze`: the process of the broker is stopped and goes on. Its connections stay open.',
      '- `half-open`: the connections of the sender stay open, and nothing passes. What was on the way arrives in the end.',
      '- `one-way`: what the sender says arrives, and it hears nothing.',
      `- \`slow\`: what the sender says and hears takes ${slowMs} ms each way. The wire takes what it is sent, and is not left.`,
    ].join('\n'),
    "The last three are done to a line of the test: a TCP proxy between the sender and its broker, or a process that carries the named pipes of each side to the other. The other wire and the receivers' own connections to brokers work.",
    'Named pipes have no process and no data of their own: they cannot freeze, nor be started again without data. Processes that use them can, but then it is an agent that has failed, and no wire.',
    'The columns: `gap` is the longest time in which nothing was handled. `lost` was acknowledged and never handled; `with data` as well, but a broker had acknowledged it before it was started again without its data: it went with them, and no agent can know. `twice` was handled more than once by one instance or over two wires; `again` by two instances over one wire, since its broker (of named pipes, its sender) did not hear that the first had done it (a shared deduplication store spares that); `unknown` and `failed` is how publishes ended; `late` was handled after a message that was published later, of all instances together. The [guide](../guides/failover.md) says why.',
    table(
      [
        ...['first', 'second', 'fault', 'instances', 'published', 'gap, ms', 'lost', 'with data', 'twice', 'again'],
        ...['unknown', 'failed', 'late', 'by the first', 'by the second'],
      ],
      matrix.results.map(cellRow),
    ),
    '## The long run',
    `One agent has all four wires, and messages come from two processes. One wire after the other is killed or frozen and restored, in an order and at moments that a seed decides: from the top of the ladder down, so that the wire in use fails and up to three are away at a time. Of named pipes, \`freeze\` is that nothing passes. ${made(chaosData, runCommand, chaos)}`,
    table(
      [
        ...['seed', 'ladder', 'instances', 'published', 'faults', 'gap, ms', 'lost', 'twice', 'again', 'unknown'],
        'failed',
      ],
      chaos.results.map(chaosRow),
    ),
    '`gap` is the longest time of the whole run in which nothing was handled. Where it is longer than those below, no strike on a wire in use had it. It may be that of a return: a sender is back at a broker before a receiver is, and prefers it again (`failbackMs`).',
    'The longest time without progress after a fault, where the wire that failed had carried most of the second before:',
    table(
      ['fault', 'times', 'median, ms', 'p99, ms', 'longest, ms'],
      gapsOf(chaos.results).map(({ fault, count, median, p99, most }) => [
        fault,
        ...[count, median, p99, most].map(number),
      ]),
    ),
  )
}

function made(data: string, command: string, { conditions: { date, node, processor } }: KeptFile<unknown>): string {
  return `This is made from ${code(data)}, which ${code(command)} writes anew: ${date}, Node ${node}, ${processor}.`
}
