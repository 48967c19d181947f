import type { Ledger } from '../ledger/ledger.ts'
import { toColumns } from './columns.ts'
import { toWires } from './outage-lines.ts'

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`

/** Members that a table shows one by one; of a larger fleet the rest is summed up. */
const maxRows = 20

/** The fleet at work, as lines of a table. */
export function toProgressTable(ledger: Ledger, elapsedMs: number): readonly string[] {
  const members = [...ledger.members.values()]
  const transportsTo = (agent: string) => {
    const ways = [...ledger.routes.values()].filter(({ from, to }) => from === agent || to === agent)
    return [...new Set(ways.map(({ transport }) => transport))].join(', ')
  }
  const rows = members
    .slice(0, maxRows)
    .map(({ agent, instance, pid, published, handled, killed }) => [
      agent,
      instance.slice(-6),
      pid,
      published,
      handled,
      killed ? 'killed' : transportsTo(agent),
    ])
  const more = members.length > maxRows ? [`… and ${members.length - maxRows} more`] : []
  return [
    `fleet, ${seconds(elapsedMs)}`,
    '',
    ...toColumns(['agent', 'instance', 'pid', 'published', 'handled', 'over'], rows),
    ...more,
    '',
    toWireLine(ledger),
    ledger.lastAnswer && `desk: ${ledger.lastAnswer}`,
  ]
}

/** Which wire is gone, and what each has brought since then, or since the last one was back. */
function toWireLine({ outages }: Ledger): string {
  const { wire, over } = outages.now
  return `${wire === undefined ? '' : `${wire} is killed; `}over ${toWires(over)}`
}

/** The fleet at work, in one line. */
export function toProgressLine(ledger: Ledger, elapsedMs: number): string {
  const members = [...ledger.members.values()]
  const published = members.reduce((sum, member) => sum + member.published, 0)
  const handled = members.reduce((sum, member) => sum + member.handled, 0)
  const killed = members.filter(member => member.killed).map(({ agent, pid }) => `; ${agent} ${pid} was killed`)
  const counts = `${members.length} agents, ${published} published, ${handled} handled${killed.join('')}`
  return `${seconds(elapsedMs)}  ${counts}; ${toWireLine(ledger)}`
}

/** Draws a table over and over in the same place of a terminal. */
export class LiveTable {
  readonly #terminal: NodeJS.WriteStream
  #drawn = 0

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal
  }

  draw(lines: readonly string[]): void {
    const { columns = 80, rows = 24 } = this.#terminal
    // A line that does not fit would scroll, and the next drawing would land in the wrong place.
    const shown = lines.slice(0, rows - 1).map(line => line.slice(0, columns - 1))
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : ''
    this.#terminal.write(`${up}${shown.map(line => `\x1b[2K${line}\n`).join('')}\x1b[J`)
    this.#drawn = shown.length
  }
}
