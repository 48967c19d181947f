import type { RouteTally } from '../ledger/ledger.ts'
import type { Percentiles, Summary } from '../ledger/summary.ts'
import { toColumns } from './columns.ts'

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const spread = (latency: Percentiles | undefined) => (latency ? [ms(latency.p50), ms(latency.p99)] : ['', ''])

/** The summary for people. */
export function toSummaryText(summary: Summary): string {
  const { types, deliveries, transports, requests, archive, missing, troubles } = summary
  const counted = ['published', 'expected', 'handled', 'lost', 'dropped', 'twice']
  const lines = [
    `The fleet worked for ${(summary.elapsedMs / 1_000).toFixed(1)} s.`,
    '',
    ...toColumns(
      ['message', 'delivery', ...counted],
      Object.entries(types).map(([type, { delivery, published, expected, handled, lost, dropped, handledTwice }]) => [
        type,
        delivery,
        published,
        expected,
        handled,
        lost,
        dropped,
        handledTwice,
      ]),
    ),
    '',
    ...toColumns(
      ['delivery', ...counted, 'p50', 'p99'],
      Object.entries(deliveries).map(
        ([level, { published, expected, handled, lost, dropped, handledTwice, latencyMs }]) => [
          level,
          published,
          expected,
          handled,
          lost,
          dropped,
          handledTwice,
          ...spread(latencyMs),
        ],
      ),
    ),
    '',
    ...toColumns(
      ['transport', 'published', 'handled'],
      Object.entries(transports).map(([name, { published, handled }]) => [name, published, handled]),
    ),
    '',
    ...toColumns(['from', 'to', 'over', 'handled'], byRoute(summary.routes)),
    '',
    `requests: ${requests.answered} answered, ${requests.unanswered} not${
      requests.latencyMs ? `; p50 ${ms(requests.latencyMs.p50)}, p99 ${ms(requests.latencyMs.p99)}` : ''
    }`,
    `archive:  ${archive.lines} lines for ${archive.written} messages in ${archive.file}`,
    ...Object.entries(missing).map(([handler, count]) => `missing:  ${handler}: ${count}`),
    ...Object.entries(troubles).map(([what, count]) => `trouble:  ${what} (${count} times)`),
    '',
    `lost ${summary.lost}, handled twice ${summary.handledTwice}, dropped ${summary.dropped}, handled but not known as published ${summary.strays}: ${summary.ok ? 'all is well' : 'NOT WELL'}`,
  ]
  return lines.join('\n')
}

/** Probes are many and alike: their routes are shown as one. */
function byRoute(routes: readonly RouteTally[]): ReadonlyArray<readonly [string, string, string, number]> {
  const sums = new Map<string, [string, string, string, number]>()
  for (const { from, to, transport, handled } of routes) {
    const sender = from.replace(/-\d+$/, 's')
    const key = `${sender} ${to} ${transport}`
    const sum = sums.get(key)
    if (sum) sum[3] += handled
    else sums.set(key, [sender, to, transport, handled])
  }
  return [...sums.values()]
}
