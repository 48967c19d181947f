import type { Capabilities, Evidence, Route, TransportState } from '../contract/index.ts'
import { type Address, type Place, placeIn, type RoutePolicy, type Via } from '../message/index.ts'
import { type Demands, unmetDemand } from '../transport-kit/index.ts'
import type { BreakerState } from './breaker.ts'
import { coverOf } from './cover.ts'

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
  /** Why it is left for others for a while: it is slow, say, or refuses much. Absent where nothing is wrong. */
  readonly poor?: string | undefined
  /** Of a transport that only publishes: false where it wants no copy of this type. */
  readonly wants?: boolean | undefined
  /** Whether everyone who is on it is known. Default false. */
  readonly isComplete?: boolean
  /** The receiver was not heard there, where everyone is known. Default false. */
  readonly isUnheard?: boolean
  /** How near a receiver is that it reaches, where that is known. */
  readonly place?: Place | undefined
  /** How long ago a receiver was heard there, in milliseconds. */
  readonly heardAgoMs?: number | undefined
  /** How long it lately took to acknowledge a message, or to bring back a word of this agent, in milliseconds. */
  readonly roundTripMs?: number | undefined
}

/** A transport that is taken, and why. */
export interface PlannedRoute {
  readonly transport: string
  /** Whom it reaches: agent instances, groups, or `broker`. */
  readonly via: readonly string[]
  readonly reason: string
  readonly breaker: BreakerState
  /** What a receipt will say of it at this delivery level. */
  readonly evidence: Evidence | undefined
  /** How long ago the receiver was heard there, in milliseconds, where that is known. */
  readonly heardAgoMs?: number
  /** How long it lately took to acknowledge a message, or to bring back a word of this agent, in milliseconds, where that was measured. */
  readonly roundTripMs?: number
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
function doubt({ state, breaker, isReturning, poor }: Candidate): number {
  if (state === 'degraded') return 4
  if (breaker === 'open') return 3
  if (isReturning) return 2
  return poor === undefined ? 0 : 1
}

function isWorking({ state, breaker }: Candidate): boolean {
  return state === 'ready' && breaker !== 'open'
}

/** What works comes before what may not, what is wanted before what is not, and the ladder decides the rest. */
function inOrder(candidates: readonly Candidate[], { prefer = [], avoid = [] }: RoutePolicy): readonly Candidate[] {
  const place = (candidate: Candidate) => {
    const found = indexIn(prefer, candidate)
    return found < 0 ? prefer.length : found
  }
  const isAvoided = (candidate: Candidate) => Number(indexIn(avoid, candidate) >= 0)
  return [...candidates].sort(
    (a, b) => doubt(a) - doubt(b) || isAvoided(a) - isAvoided(b) || place(a) - place(b) || a.rank - b.rank,
  )
}

function indexIn(list: readonly string[], { name, place }: Candidate): number {
  return placeIn(list, name, place)
}

/** Names of the transports that could carry a message, whether or not they reach its receivers at this moment. */
export function carriersOf(
  demands: Demands,
  candidates: readonly Candidate[],
  { only }: RoutePolicy = {},
): readonly string[] {
  return candidates
    .filter(({ capabilities }) => !capabilities.publishOnly && !unmetDemand(demands, capabilities))
    .filter(candidate => !only || indexIn(only, candidate) >= 0)
    .map(({ name }) => name)
}

/**
 * From facts to a plan; nothing else is looked at and nothing is changed. A direct message takes the first transport of
 * the ladder that has a route and its wire and takes what is sent there, a broadcast as few as reach every subscriber, unless
 * `via` says otherwise. Either is copied to each transport that only publishes and wants it. `audience` has, for each combination of
 * transports that instances are on, their names.
 */
export function plan(
  demands: Demands,
  address: Address,
  candidates: readonly Candidate[],
  policy: RoutePolicy = {},
  via: Via = 'first',
  audience: readonly (readonly string[])[] = [],
): Plan {
  const isDirect = address.kind === 'inbox'
  const ordered = inOrder(candidates, policy)
  const carriers = ordered.filter(({ capabilities }) => !capabilities.publishOnly)
  const faults = new Map(carriers.map(candidate => [candidate, faultOf(demands, candidate, policy, isDirect)]))
  const usable = usableOf(carriers.filter(candidate => faults.get(candidate) === undefined))
  const cover = via === 'first' && !isDirect ? coverOf(usable.map(toCoverer(demands)), audience) : undefined
  const mode = modeOf(via, isDirect, cover)
  const routes: PlannedRoute[] = []
  const skipped: SkippedRoute[] = []
  const away: string[] = []
  let lacksCapability = false
  let [active, working] = [0, 0]
  let first: Candidate | undefined
  for (const candidate of carriers) {
    const { name } = candidate
    const fault = faults.get(candidate) ?? leftOut(candidate, usable, cover)
    if (fault === undefined) {
      first ??= candidate
      const isUsed = isUsedBy(mode, candidate, first, policy)
      const reason = isUsed ? reasonFor(mode, isDirect, candidate, policy) : reserveFor(candidate, first.name)
      routes.push(routeOf(candidate, reason, demands))
      if (isUsed) active += 1
      if (isWorking(candidate)) working += 1
      continue
    }
    if (unmetDemand(demands, candidate.capabilities) === fault) lacksCapability = true
    // Who was there, and is reached by others, is no reason to wait.
    if (isAway(demands, candidate, policy) && !(candidate.isComplete && usable.length > 0)) away.push(name)
    skipped.push({ transport: name, reason: fault })
  }
  const copies: PlannedRoute[] = []
  for (const candidate of ordered) {
    if (!candidate.capabilities.publishOnly) continue
    const fault = copyFault(demands, candidate)
    const reason = `gets a copy${candidate.state === 'degraded' ? ', if it can' : ''}`
    if (fault === undefined) copies.push(routeOf(candidate, reason, demands))
    else skipped.push({ transport: candidate.name, reason: fault })
  }
  const quorum = mode === 'quorum' ? quorumOf(via, carriersOf(demands, candidates, policy)) : undefined
  return { address, mode, quorum, routes, active, working, copies, skipped, lacksCapability, away }
}

/** Why a transport cannot take a message; undefined where it can. */
function faultOf(demands: Demands, candidate: Candidate, policy: RoutePolicy, isDirect: boolean): string | undefined {
  const { routes, state, capabilities } = candidate
  const { only } = policy
  if (only && indexIn(only, candidate) < 0) return `only ${only.join(', ')} may carry it`
  if (isAway(demands, candidate, policy)) {
    return `has lost its wire: ${isDirect ? 'whether it is there' : 'who subscribes there'} is not known`
  }
  if (routes.length === 0) return isDirect ? 'knows no way to it' : 'has no subscriber'
  const unmet = unmetDemand(demands, capabilities)
  if (unmet) return unmet
  return state === 'ready' || state === 'degraded' ? undefined : `is ${state}`
}

/** Whether it could take the message, but has lost its wire and knows no way. */
function isAway(demands: Demands, candidate: Candidate, { only }: RoutePolicy): boolean {
  const { routes, state, capabilities } = candidate
  if (routes.length > 0 || state !== 'degraded' || unmetDemand(demands, capabilities)) return false
  return !only || indexIn(only, candidate) >= 0
}

/** Those on which the receiver is, or may be. Where it was heard nowhere, a broker may keep messages for it. */
function usableOf(candidates: readonly Candidate[]): readonly Candidate[] {
  const heard = candidates.filter(({ isUnheard }) => !isUnheard)
  return heard.length > 0 ? heard : candidates
}

function toCoverer({ delivery }: Demands) {
  return (candidate: Candidate) => {
    const { name, isComplete = false, capabilities } = candidate
    // Those who are there need not wait for one that does not work.
    return { name, isComplete, keeps: delivery === 'at-least-once' && capabilities.durable && isWorking(candidate) }
  }
}

type Cover = ReturnType<typeof coverOf> | undefined

/** A broadcast that one transport brings to all has others in reserve, as a direct message has. */
function modeOf(via: Via, isDirect: boolean, cover: Cover): Plan['mode'] {
  if (typeof via === 'object') return 'quorum'
  if (via !== 'first' || isDirect) return via
  return cover?.taken.length === 1 && cover.standIns.length > 0 ? 'first' : 'all'
}

/** Why a transport that could take a message does not: others reach whoever it reaches. */
function leftOut({ name }: Candidate, usable: readonly Candidate[], cover: Cover): string | undefined {
  if (!usable.some(each => each.name === name)) return 'the receiver was not heard there'
  if (!cover || cover.taken.includes(name) || cover.standIns.includes(name)) return undefined
  return `whoever is there is reached by ${cover.taken.join(', ')}`
}

function routeOf(candidate: Candidate, reason: string, { delivery }: Demands): PlannedRoute {
  const { name, routes, breaker = 'closed', capabilities, heardAgoMs, roundTripMs } = candidate
  return {
    transport: name,
    via: routes.map(route => route.via),
    reason,
    breaker,
    evidence: capabilities.delivery[delivery],
    ...(heardAgoMs !== undefined && { heardAgoMs }),
    ...(roundTripMs !== undefined && { roundTripMs }),
  }
}

function quorumOf(via: Via, { length }: readonly string[]): number {
  return typeof via === 'object' ? via.quorum : Math.floor(length / 2) + 1
}

/** Whether a transport is used, or in reserve. Those that take turns have as little against them as the first. */
function isUsedBy(mode: Plan['mode'], candidate: Candidate, first: Candidate, { avoid = [] }: RoutePolicy): boolean {
  if (mode === 'first') return candidate === first
  if (mode !== 'spread') return true
  return doubt(candidate) === doubt(first) && indexIn(avoid, candidate) < 0 === indexIn(avoid, first) < 0
}

/** Why there is no copy. What must be encrypted is not written down in the clear; other needs are those of receivers. */
function copyFault({ delivery, needs }: Demands, { wants, state, capabilities }: Candidate): string | undefined {
  if (wants === false) return 'wants no copy of this type'
  if (state !== 'ready' && state !== 'degraded') return `is ${state}`
  return unmetDemand({ delivery, needs: needs.filter(need => need === 'encrypted') }, capabilities)
}

function reasonFor(mode: Plan['mode'], isDirect: boolean, candidate: Candidate, { prefer = [] }: RoutePolicy): string {
  const { routes, state, breaker, isUnheard } = candidate
  const isUnknown = routes.every(({ evidence }) => evidence === 'unknown')
  const evidence = [...new Set(routes.map(route => route.evidence))].join(' and ')
  const unknown = isUnheard
    ? 'nobody has heard of it: unknown until published, if its broker keeps messages for it'
    : `only its broker knows ${isDirect ? 'whether it is there' : 'who subscribes'}: unknown until published`
  if (mode === 'first' || mode === 'spread') {
    const place =
      mode === 'spread' ? 'takes turns' : indexIn(prefer, candidate) >= 0 ? 'preferred' : 'first on the ladder'
    return isUnknown ? `${place}, ${unknown}` : `${place} with a route (${evidence})`
  }
  const what = isUnknown ? unknown : `reaches ${isDirect ? 'it' : 'subscribers'} (${evidence})`
  if (state === 'degraded') return `${what}; it has lost its wire`
  return breaker === 'open' ? `${what}; it takes nothing (breaker open)` : what
}

function reserveFor({ state, breaker, isReturning, poor }: Candidate, before: string): string {
  const place = `in reserve behind ${before}`
  if (state === 'degraded') return `${place}: it has lost its wire`
  if (breaker === 'open') return `${place}: it takes nothing (breaker open)`
  if (isReturning) return `${place}: its wire has only just come back`
  return poor === undefined ? place : `${place}: ${poor}`
}
