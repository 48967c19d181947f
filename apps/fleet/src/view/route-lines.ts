import type { RouteTally } from '../ledger/ledger.ts'
import type { Phase } from '../ledger/outages.ts'
import { toColumns } from './columns.ts'
import { toWires } from './outage-lines.ts'

/** Pairs of processes that are shown one by one; of a larger fleet, those of all probes together. */
const maxPairs = 24

/** The messages from one process to another, by the wire that brought them in each phase. */
interface Pair {
  readonly from: string
  readonly to: string
  readonly phases: Readonly<Record<Phase, Record<string, number>>>
}

/** Who sent to whom, and which way it went: before a wire was killed, while one was gone, and after. */
export function toRouteLines(routes: readonly RouteTally[], wiresFailed: boolean): readonly string[] {
  const alone = toPairs(routes, ({ from, fromPid, to, toPid }) => [`${from} ${fromPid}`, `${to} ${toPid}`])
  const pairs = alone.length > maxPairs ? toPairs(routes, ({ from, to }) => [from.replace(/-\d+$/, 's'), to]) : alone
  const ways = ({ before, gone, after }: Pair['phases']) =>
    wiresFailed ? [toWires(before), toWires(gone), toWires(after)] : [toWires(before)]
  return toColumns(
    ['from', 'to', ...(wiresFailed ? ['before a wire was killed', 'while one was gone', 'after'] : ['over'])],
    pairs.map(({ from, to, phases }) => [from, to, ...ways(phases)]),
  )
}

function toPairs(routes: readonly RouteTally[], nameOf: (route: RouteTally) => [string, string]): readonly Pair[] {
  const pairs = new Map<string, Pair>()
  for (const route of routes) {
    const [from, to] = nameOf(route)
    const key = `${from} → ${to}`
    const pair = pairs.get(key) ?? { from, to, phases: { before: {}, gone: {}, after: {} } }
    pairs.set(key, pair)
    for (const [phase, count] of Object.entries(route.phases) as [Phase, number][]) {
      const over = pair.phases[phase]
      if (count > 0) over[route.transport] = (over[route.transport] ?? 0) + count
    }
  }
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pair]) => pair)
}
