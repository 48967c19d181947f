import type { Killed, Share } from '../ledger/killed.ts'
import type { Percentiles, Summary } from '../ledger/summary.ts'
import { toColumns } from './columns.ts'
import { toOutageLines, toWires } from './outage-lines.ts'
import { toRouteLines } from './route-lines.ts'

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const spread = (latency: Percentiles | undefined) => (latency ? [ms(latency.p50), ms(latency.p99)] : ['', ''])

/** The summary for people. */
export function toSummaryText(summary: Summary): string {
  const { types, deliveries, transports, requests, archive, missing, troubles, warnings } = summary
  const outages = toOutageLines(summary)
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
    ...toRouteLines(summary.routes, summary.outages.length > 0),
    '',
    `requests: ${requests.answered} answered, ${requests.unanswered} not${
      requests.latencyMs ? `; p50 ${ms(requests.latencyMs.p50)}, p99 ${ms(requests.latencyMs.p99)}` : ''
    }`,
    `archive:  ${archive.lines} lines for ${archive.written} messages in ${archive.file}`,
    ...Object.entries(missing).map(([handler, count]) => `missing:  ${handler}: ${count}`),
    ...Object.entries(troubles).map(([what, count]) => `trouble:  ${what} (${count} times)`),
    ...(Object.keys(warnings).length > 0 ? [`warnings: ${toWires(warnings)}`] : []),
    ...(summary.killed ? ['', ...toKilledLines(summary.killed, summary)] : []),
    ...(outages.length > 0 ? ['', ...outages] : []),
    '',
    `lost ${summary.lost}, handled twice ${summary.handledTwice}, dropped ${summary.dropped}, handled but not known as published ${summary.strays}: ${verdictOf(summary)}`,
  ]
  return lines.join('\n')
}

/** Messages that were sent at most once and have gone with a member or a wire that was killed are no fault, and are not passed over. */
function verdictOf({ ok, dropped, killed, outages }: Summary): string {
  if (!ok) return 'NOT WELL'
  if (dropped === 0) return 'all is well'
  const why = killed
    ? `, which are those that went with ${outages.length > 0 ? 'what' : 'the member that'} was killed`
    : ''
  return `all is well but for ${dropped} dropped that were sent at most once${why}`
}

/** The member that was killed, how its share moved, and how the library saw it. */
function toKilledLines({ agent, pid, atMs, shares, plans }: Killed, { handledAgain, unconfirmed }: Summary): string[] {
  const total = (when: 'before' | 'after') => shares.reduce((sum, share) => sum + share[when], 0) || 1
  const part = (share: Share, when: 'before' | 'after') => `${Math.round((share[when] / total(when)) * 100)} %`
  return [
    `${agent} ${pid} was killed after ${(atMs / 1_000).toFixed(1)} s (SIGKILL), and its share moved:`,
    ...toColumns(
      ['pid', 'handled before', 'share', 'handled after', 'share'],
      shares.map(share => [share.pid, share.before, part(share, 'before'), share.after, part(share, 'after')]),
    ),
    `handled again after the kill: ${handledAgain} (handled once, but not acknowledged when the process died)`,
    ...(unconfirmed > 0 ? [`published by it without having been told of: ${unconfirmed}`] : []),
    '',
    'How a digest travelled before the kill, and after it:',
    ...plans,
  ]
}
