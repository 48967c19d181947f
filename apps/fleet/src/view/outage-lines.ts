import type { ByWire, Outage } from '../ledger/outages.ts'
import type { Summary } from '../ledger/summary.ts'
import { toColumns } from './columns.ts'

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`

/** Outages that are shown one by one. */
const maxOutages = 30

/** What each wire brought: `named-pipes 120, memory 4`. */
export function toWires(over: ByWire): string {
  const brought = Object.entries(over).sort(([, a], [, b]) => b - a)
  return brought.map(([wire, count]) => `${wire} ${count}`).join(', ') || 'nothing'
}

/** The wires that were killed, and which took over. Nothing where none was. */
export function toOutageLines({ outages, longestGapMs, seed }: Summary): readonly string[] {
  if (outages.length === 0) return []
  const row = ({ wire, atMs, goneMs, before, meanwhile, after, longestGapMs }: Outage) => [
    ...[wire, seconds(atMs), seconds(goneMs), toWires(before), toWires(meanwhile), toWires(after)],
    `${Math.round(longestGapMs)} ms`,
  ]
  const more = outages.length - maxOutages
  return [
    'Wires that were killed, and what brought the messages:',
    ...toColumns(
      ['killed', 'after', 'gone for', 'before', 'while it was gone', 'after it was back', 'longest pause'],
      outages.slice(0, maxOutages).map(row),
    ),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `${outages.length === 1 ? '1 wire was' : `${outages.length} times a wire was`} killed${
      seed === undefined ? '' : ` (seed ${seed})`
    }; longest time without progress: ${Math.round(longestGapMs)} ms`,
  ]
}
