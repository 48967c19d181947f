import type { Capabilities, Route, TransportState } from '../contract/index.ts'
import type { Address, RoutePolicy, Via } from '../message/index.ts'
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
  /** What the wish `via` comes to: a broadcast takes `all` where it is `first`. */
  readonly mode: 'first' | 'all' | 'any' | 'quorum' | 'spread'
  /** How many transports must take it, where the mode is `quorum`. */
  readonly quorum: number | undefined
  readonly routes: readonly PlannedRoute[]
  /** How many of the routes, from the first on, are used, together or in turn. The others are in reserve. */
  readonly active: number
  /** How many of the routes work now: those that have their wire and take what is sent there. */
  readonly working: number
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

function isWorking({ state, breaker }: Candidate): boolean {
  return state === 'ready' && breaker !== 'open'
}

/** What works comes before what may not, what is wanted before what is not, and the ladder decides the rest. */
function inOrder(candidates: readonly Candidate[], { prefer = [], avoid = [] }: RoutePolicy): readonly Candidate[] {
  const place = ({ name }: Candidate) => (prefer.includes(name) ? prefer.indexOf(name) : prefer.length)
  const isAvoided = ({ name }: Candidate) => Number(avoid.includes(name))
  return [...candidates].sort(
    (a, b) => doubt(a) - doubt(b) || isAvoided(a) - isAvoided(b) || place(a) - place(b) || a.rank - b.rank,
  )
}

/** Names of the transports that could carry a message, whether or not they reach its receivers at this moment. */
export function carriersOf(
  demands: Demands,
  candidates: readonly Candidate[],
  { only }: RoutePolicy = {},
): readonly string[] {
  return candidates
    .filter(({ capabilities }) => !capabilities.publishOnly && !unmetDemand(demands, capabilities))
    .map(({ name }) => name)
    .filter(name => !only || only.includes(name))
}

/**
 * From facts to a plan; nothing else is looked at and nothing is changed. A direct message takes the first transport of
 * the ladder that has a route and its wire and takes what is sent there, a broadcast takes each that reaches a subscriber, unless
 * `via` says otherwise. Either is copied to each transport that only publishes and wants it.
 */
export function plan(
  demands: Demands,
  address: Address,
  candidates: readonly Candidate[],
  policy: RoutePolicy = {},
  via: Via = 'first',
): Plan {
  const routes: PlannedRoute[] = []
  const copies: PlannedRoute[] = []
  const skipped: SkippedRoute[] = []
  const away: string[] = []
  let lacksCapability = false
  let [active, working] = [0, 0]
  let first: Candidate | undefined
  const isDirect = address.kind === 'inbox'
  const mode = typeof via === 'object' ? 'quorum' : via === 'first' && !isDirect ? 'all' : via
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
      const what = isDirect ? 'whether it is there' : 'who subscribes there'
      skipped.push({ transport: name, reason: `has lost its wire: ${what} is not known` })
    } else if (known.length === 0) {
      skipped.push({ transport: name, reason: isDirect ? 'knows no way to it' : 'has no subscriber' })
    } else if (unmet) {
      lacksCapability = true
      skipped.push({ transport: name, reason: unmet })
    } else if (state !== 'ready' && state !== 'degraded') {
      skipped.push({ transport: name, reason: `is ${state}` })
    } else {
      first ??= candidate
      const isUsed = isUsedBy(mode, candidate, first, policy)
      const reason = isUsed ? reasonFor(mode, isDirect, candidate, policy) : reserveFor(candidate, first.name)
      routes.push({ transport: name, via: known.map(route => route.via), reason })
      if (isUsed) active += 1
      if (isWorking(candidate)) working += 1
    }
  }
  const quorum = mode === 'quorum' ? quorumOf(via, carriersOf(demands, candidates, policy)) : undefined
  return { address, mode, quorum, routes, active, working, copies, skipped, lacksCapability, away }
}

function quorumOf(via: Via, { length }: readonly string[]): number {
  return typeof via === 'object' ? via.quorum : Math.floor(length / 2) + 1
}

/** Whether a transport is used, or in reserve. Those that take turns have as little against them as the first. */
function isUsedBy(mode: Plan['mode'], candidate: Candidate, first: Candidate, { avoid = [] }: RoutePolicy): boolean {
  if (mode === 'first') return candidate === first
  if (mode !== 'spread') return true
  return doubt(candidate) === doubt(first) && avoid.includes(candidate.name) === avoid.includes(first.name)
}

/** Why there is no copy. What must be encrypted is not written down in the clear; other needs are those of receivers. */
function copyFault({ delivery, needs }: Demands, { wants, state, capabilities }: Candidate): string | undefined {
  if (wants === false) return 'wants no copy of this type'
  if (state !== 'ready' && state !== 'degraded') return `is ${state}`
  return unmetDemand({ delivery, needs: needs.filter(need => need === 'encrypted') }, capabilities)
}

function reasonFor(
  mode: Plan['mode'],
  isDirect: boolean,
  { name, routes, state, breaker }: Candidate,
  { prefer = [] }: RoutePolicy,
): string {
  const isUnknown = routes.every(({ evidence }) => evidence === 'unknown')
  const evidence = [...new Set(routes.map(route => route.evidence))].join(' and ')
  const unknown = `only its broker knows ${isDirect ? 'whether it is there' : 'who subscribes'}: unknown until published`
  if (mode === 'first' || mode === 'spread') {
    const place = mode === 'spread' ? 'takes turns' : prefer.includes(name) ? 'preferred' : 'first on the ladder'
    return isUnknown ? `${place}, ${unknown}` : `${place} with a route (${evidence})`
  }
  const what = isUnknown ? unknown : `reaches ${isDirect ? 'it' : 'subscribers'} (${evidence})`
  if (state === 'degraded') return `${what}; it has lost its wire`
  return breaker === 'open' ? `${what}; it takes nothing (breaker open)` : what
}

function reserveFor({ state, breaker, isReturning }: Candidate, before: string): string {
  const place = `in reserve behind ${before}`
  if (state === 'degraded') return `${place}: it has lost its wire`
  if (breaker === 'open') return `${place}: it takes nothing (breaker open)`
  return isReturning ? `${place}: its wire has only just come back` : place
}
