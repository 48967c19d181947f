import type { Capabilities, Route, TransportState } from '../contract/index.ts'
import { type Address, formatAddress, type RoutePolicy } from '../message/index.ts'
import { type Demands, unmetDemand } from '../transport-kit/index.ts'
import type { BreakerState } from './breaker.ts'

/** The facts of one transport that a plan is made from. */
export interface Candidate {
  readonly name: string
  /** Place on the ladder; the lowest is asked first. */
  readonly rank: number
  readonly state: TransportState
  readonly capabilities: Capabilities
  readonly routes: readonly Route[]
  /** Whether it has taken lately what was sent there. Default closed: nothing speaks against it. */
  readonly breaker?: BreakerState
  /** It has its wire back, and has yet to show that it keeps it. Default false. */
  readonly isReturning?: boolean
  /** Of a transport that only publishes: false where it wants no copy of this type. */
  readonly wants?: boolean
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
  /** Transports that only publish and get a copy. They are nobody's receivers: a message does not travel by them. */
  readonly copies: readonly PlannedRoute[]
  readonly skipped: readonly SkippedRoute[]
  /** True when a transport reaches the address but lacks what the message needs. */
  readonly lacksCapability: boolean
  /** Transports that have lost their wire and know no way, so that nobody knows who is there. */
  readonly away: readonly string[]
}

/** How much speaks against a transport, whatever its place on the ladder. */
function doubt({ state, breaker, isReturning }: Candidate): number {
  if (state === 'degraded') return 3
  if (breaker === 'open') return 2
  return isReturning ? 1 : 0
}

/** What works comes before what may not, what is wanted before what is not, and the ladder decides the rest. */
function inOrder(candidates: readonly Candidate[], { prefer = [], avoid = [] }: RoutePolicy): readonly Candidate[] {
  const place = ({ name }: Candidate) => (prefer.includes(name) ? prefer.indexOf(name) : prefer.length)
  const isAvoided = ({ name }: Candidate) => Number(avoid.includes(name))
  return [...candidates].sort(
    (a, b) => doubt(a) - doubt(b) || isAvoided(a) - isAvoided(b) || place(a) - place(b) || a.rank - b.rank,
  )
}

/**
 * From facts to a plan; nothing else is looked at and nothing is changed. A direct message takes the first transport of
 * the ladder that has a route and its wire and takes what is sent there, a broadcast takes each that reaches a subscriber. Either is
 * copied to each transport that only publishes and wants it.
 */
export function plan(
  demands: Demands,
  address: Address,
  candidates: readonly Candidate[],
  policy: RoutePolicy = {},
): Plan {
  const routes: PlannedRoute[] = []
  const copies: PlannedRoute[] = []
  const skipped: SkippedRoute[] = []
  const away: string[] = []
  let lacksCapability = false
  const mode = address.kind === 'inbox' ? 'first' : 'all'
  for (const candidate of inOrder(candidates, policy)) {
    const { name, state, capabilities, routes: known } = candidate
    if (capabilities.publishOnly) {
      const reason = copyFault(demands, candidate)
      if (reason) skipped.push({ transport: name, reason })
      else copies.push({ transport: name, via: [], reason: `gets a copy${state === 'degraded' ? ', if it can' : ''}` })
      continue
    }
    const unmet = unmetDemand(demands, capabilities)
    if (policy.only && !policy.only.includes(name)) {
      skipped.push({ transport: name, reason: `only ${policy.only.join(', ')} may carry it` })
    } else if (known.length === 0 && state === 'degraded' && !unmet) {
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
      const before = mode === 'first' ? routes[0]?.transport : undefined
      const reason =
        before === undefined ? reasonFor(mode, known, policy.prefer?.includes(name)) : reserveFor(candidate, before)
      routes.push({ transport: name, via: known.map(route => route.via), reason })
    }
  }
  return { address, mode, routes, copies, skipped, lacksCapability, away }
}

/** Why there is no copy. What must be encrypted is not written down in the clear; other needs are those of receivers. */
function copyFault({ delivery, needs }: Demands, { wants, state, capabilities }: Candidate): string | undefined {
  if (wants === false) return 'wants no copy of this type'
  if (state !== 'ready' && state !== 'degraded') return `is ${state}`
  return unmetDemand({ delivery, needs: needs.filter(need => need === 'encrypted') }, capabilities)
}

function reasonFor(mode: Plan['mode'], routes: readonly Route[], isPreferred = false): string {
  const first = isPreferred ? 'preferred' : 'first on the ladder'
  if (routes.every(({ evidence }) => evidence === 'unknown')) {
    const whom = mode === 'first' ? 'whether it is there' : 'who subscribes'
    return `${mode === 'first' ? `${first}, ` : ''}only its broker knows ${whom}: unknown until published`
  }
  const evidence = [...new Set(routes.map(route => route.evidence))].join(' and ')
  return mode === 'first' ? `${first} with a route (${evidence})` : `reaches subscribers (${evidence})`
}

function reserveFor({ state, breaker, isReturning }: Candidate, before: string): string {
  const place = `in reserve behind ${before}`
  if (state === 'degraded') return `${place}: it has lost its wire`
  if (breaker === 'open') return `${place}: it takes nothing (breaker open)`
  return isReturning ? `${place}: its wire has only just come back` : place
}

/** A plan as a person reads it. */
export function explainPlan({ address, mode, routes, copies, skipped, away }: Plan): string {
  const lines = [`To ${formatAddress(address)}:`]
  if (routes.length === 0)
    lines.push(mode === 'first' ? '  no way' : away.length > 0 ? '  nobody known' : '  nobody subscribes')
  for (const [i, route] of routes.entries()) {
    const mark = mode === 'all' || i === 0 ? '→' : '·'
    lines.push(`  ${mark} ${route.transport} via ${route.via.join(', ')}: ${route.reason}`)
  }
  for (const { transport, reason } of copies) lines.push(`  + ${transport}: ${reason}`)
  for (const { transport, reason } of skipped) lines.push(`  × ${transport}: ${reason}`)
  return lines.join('\n')
}
