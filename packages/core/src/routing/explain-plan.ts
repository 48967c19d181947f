import { formatAddress } from '../message/index.ts'
import type { Plan, PlannedRoute } from './plan.ts'

/** A plan as a person reads it. */
export function explainPlan({ address, mode, quorum, routes, active, working, copies, skipped, away }: Plan): string {
  const isDirect = address.kind === 'inbox'
  const isUsual = mode === (isDirect ? 'first' : 'all')
  const how = isUsual ? '' : `, via ${quorum === undefined ? mode : `a quorum of ${quorum}`}`
  const lines = [`To ${formatAddress(address)}${how}:`]
  if (routes.length === 0)
    lines.push(isDirect ? '  no way' : away.length > 0 ? '  nobody known' : '  nobody subscribes')
  for (const [i, route] of routes.entries()) {
    const mark = i < active ? '→' : '·'
    lines.push(`  ${mark} ${route.transport} via ${route.via.join(', ')}: ${route.reason}${facts(route)}`)
  }
  for (const { transport, reason } of copies) lines.push(`  + ${transport}: ${reason}`)
  for (const { transport, reason } of skipped) lines.push(`  × ${transport}: ${reason}`)
  if (quorum !== undefined && working < quorum) lines.push(`  no quorum: ${working} of ${quorum} work`)
  const waits = quorum === undefined && !(isDirect && mode === 'all')
  if (waits && routes.length > 0 && working === 0) lines.push('  none works now: a message at least once waits')
  return lines.join('\n')
}

/** What is known of a route besides why it is taken, in brackets. */
function facts({ breaker, evidence, heardAgoMs, roundTripMs }: PlannedRoute): string {
  const known = [
    ...(evidence === undefined ? [] : [`will be ${evidence}`]),
    ...(breaker === 'closed' ? [] : [`breaker ${breaker}`]),
    ...(heardAgoMs === undefined ? [] : [`heard ${milliseconds(heardAgoMs)} ago`]),
    ...(roundTripMs === undefined ? [] : [`round trip ${milliseconds(roundTripMs)}`]),
  ]
  return known.length === 0 ? '' : ` [${known.join(', ')}]`
}

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}
