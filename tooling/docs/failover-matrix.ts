import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FailoverFile } from '../../apps/failover/src/cell.ts'
import { root } from '../workspace/root.ts'
import { code, type Page, page, table } from './page.ts'

const data = 'docs/data/failover.json'

/** How what is kept is made anew. */
const command = `pnpm failover --json ${data} && pnpm run docs`

/** The matrix that was kept. */
export function keptMatrix(base: string = root): FailoverFile {
  return JSON.parse(readFileSync(join(base, data), 'utf8'))
}

function row({ cell, verdict }: FailoverFile['results'][number]): readonly string[] {
  const { published, longestGapMs, lost, twice, redelivered, unknown, failed, late, wires } = verdict
  const [first, second] = cell.wires
  const byWire = [first, second].map(wire => wires[wire] ?? 0)
  const counts = [cell.instances, published, longestGapMs, lost, twice, redelivered, unknown, failed, late, ...byWire]
  return [first, second, cell.fault, ...counts.map(count => count.toLocaleString('en'))]
}

/** The reference page of what messages go through when a wire fails. Throws where something was lost or handled twice. */
export function failoverPage({ conditions, results }: FailoverFile = keptMatrix()): Page {
  const bad = results.find(({ verdict }) => verdict.lost > 0 || verdict.twice > 0)
  if (bad) throw new Error(`${data} has a loss or a repeat with ${bad.cell.wires.join(', then ')}: run "${command}"`)
  const { date, node, processor } = conditions
  const { perSecond = 0, goneMs = 0 } = results[0]?.cell ?? {}
  return page(
    'docs/reference/failover.md',
    'Failover matrix',
    `An agent publishes ${perSecond.toLocaleString('en')} messages a second, at least once, to one agent over two wires. The first wire fails for ${goneMs / 1_000} seconds; the second is at hand. This page is made from ${code(data)}, which ${code(command)} writes anew: ${date}, Node ${node}, ${processor}.`,
    '`kill`: the process of the broker is killed, and started again with its data. `freeze`: it is stopped and goes on, its connections stay open. `gap`: the longest time in which nothing was handled. `lost` was acknowledged and never handled; `twice` was handled more than once by one instance or over two wires; `again` by two instances over one wire, since its broker did not hear that the first had done it (a shared deduplication store spares that); `unknown` and `failed` is how publishes ended; `late` was handled after a message that was published later, of all instances together. The [guide](../guides/failover.md) says why.',
    table(
      [
        'first',
        'second',
        'fault',
        'instances',
        'published',
        'gap, ms',
        'lost',
        'twice',
        'again',
        'unknown',
        'failed',
        'late',
        'by the first',
        'by the second',
      ],
      results.map(row),
    ),
  )
}
