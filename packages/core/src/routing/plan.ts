import type { Capabilities, Route, TransportState } from '../contract/index.ts'
import { type Address, formatAddress } from '../message/index.ts'
import { type Demands, unmetDemand } from '../transport-kit/index.ts'

/** The facts of one transport that a plan is made from. */
export interface Candidate {
  readonly name: string
  /** Place on the ladder; the lowest is asked first. */
  readonly rank: number
  readonly state: TransportState
  readonly capabilities: Capabilities
  readonly routes: readonly Route[]
}

/** A transport that is taken, and why. */
export interface PlannedRoute {
  readonly transport: string
  /** Whom it reaches: agent instances, groups, or `broker`. */
  readonly via: readonly string[]
  readonly reason: string
}

/** A transport that is not taken, and why. */
export interface SkippedRoute {
  readonly transport: string
  readonly reason: string
}

/** How a message would travel now. */
export interface Plan {
  readonly address: Address
  /** Direct messages take the first and keep the others in reserve; broadcasts take them all. */
  readonly mode: 'first' | 'all'
  readonly routes: readonly PlannedRoute[]
  readonly skipped: readonly SkippedRoute[]
  /** True when a transport reaches the address but lacks what the message needs. */
  readonly lacksCapability: boolean
  /** Transports that have lost their wire and know no way, so that nobody knows who is there. */
  readonly away: readonly string[]
}

/** By the ladder, but what has lost its wire comes after what has one. */
function byReadiness(a: Candidate, b: Candidate): number {
  return Number(a.state === 'degraded') - Number(b.state === 'degraded') || a.rank - b.rank
}

/**
 * From facts to a plan; nothing else is looked at and nothing is changed. A direct message takes the first transport of
 * the ladder that has a route and its wire, a broadcast takes each that reaches a subscriber.
 */
export function plan(demands: Demands, address: Address, candidates: readonly Candidate[]): Plan {
  const routes: PlannedRoute[] = []
  const skipped: SkippedRoute[] = []
  const away: string[] = []
  let lacksCapability = false
  const mode = address.kind === 'inbox' ? 'first' : 'all'
  for (const { name, state, capabilities, routes: known } of [...candidates].sort(byReadiness)) {
    const unmet = unmetDemand(demands, capabilities)
    if (known.length === 0 && state === 'degraded' && !unmet && !capabilities.publishOnly) {
      away.push(name)
      const what = mode === 'all' ? 'who subscribes there' : 'whether it is there'
      skipped.push({ transport: name, reason: `has lost its wire: ${what} is not known` })
    } else if (known.length === 0) {
      skipped.push({ transport: name, reason: address.kind === 'inbox' ? 'knows no way to it' : 'has no subscriber' })
    } else if (unmet) {
      lacksCapability = true
      skipped.push({ transport: name, reason: unmet })
    } else if (state !== 'ready' && state !== 'degraded') {
      skipped.push({ transport: name, reason: `is ${state}` })
    } else {
      const reserve = mode === 'first' && routes.length > 0
      const reason = reserve ? `in reserve behind ${routes[0]?.transport}` : reasonFor(mode, known)
      routes.push({ transport: name, via: known.map(route => route.via), reason })
    }
  }
  return { address, mode, routes, skipped, lacksCapability, away }
}

function reasonFor(mode: Plan['mode'], routes: readonly Route[]): string {
  if (routes.every(({ evidence }) => evidence === 'unknown')) {
    const whom = mode === 'first' ? 'whether it is there' : 'who subscribes'
    return `${mode === 'first' ? 'first on the ladder, ' : ''}only its broker knows ${whom}: unknown until published`
  }
  const evidence = [...new Set(routes.map(route => route.evidence))].join(' and ')
  return mode === 'first' ? `first on the ladder with a route (${evidence})` : `reaches subscribers (${evidence})`
}

/** A plan as a person reads it. */
export function explainPlan({ address, mode, routes, skipped, away }: Plan): string {
  const lines = [`To ${formatAddress(address)}:`]
  if (routes.length === 0)
    lines.push(mode === 'first' ? '  no way' : away.length > 0 ? '  nobody known' : '  nobody subscribes')
  for (const [i, route] of routes.entries()) {
    const mark = mode === 'all' || i === 0 ? '→' : '·'
    lines.push(`  ${mark} ${route.transport} via ${route.via.join(', ')}: ${route.reason}`)
  }
  for (const { transport, reason } of skipped) lines.push(`  × ${transport}: ${reason}`)
  return lines.join('\n')
}
