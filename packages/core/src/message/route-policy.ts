import { smError } from '../errors/index.ts'
import { given, strayOption } from '../kernel/index.ts'

/** Where a receiver is, as far as that is known, from near to far: each takes in those before it. */
export type Place = 'sameProcess' | 'sameMachine' | 'sameLan'

const places: readonly string[] = ['sameProcess', 'sameMachine', 'sameLan'] satisfies Place[]

/**
 * Wishes about the transports that carry a message: by their names, or by where the receiver is that they reach (`sameProcess`,
 * `sameMachine`, `sameLan`, as `agent.directory` knows it). What a message needs decides before them, and what works
 * before what is preferred. An agent, a message type and a publish may each have some: those of the publish win, then those of the type.
 */
export interface RoutePolicy {
  /** Transports to take first, in this order, where they reach the receiver. */
  readonly prefer?: readonly string[]
  /** The only transports that may carry it. */
  readonly only?: readonly string[]
  /** Transports to take only where no other reaches the receiver. */
  readonly avoid?: readonly string[]
}

const names: ReadonlySet<string> = new Set<keyof RoutePolicy>(['prefer', 'only', 'avoid'])

/**
 * Throws `SM_ROUTE_POLICY` for wishes that cannot be read, that contradict each other, or that name a transport that is not
 * among `transports`, where those are known.
 */
export function checkPolicy(whose: string, policy: RoutePolicy, transports?: readonly string[]): void {
  const stray = strayOption(policy, names)
  if (stray !== undefined) refuse(whose, `has no option ${JSON.stringify(stray)} (it has ${[...names].join(', ')})`)
  const { prefer = [], only, avoid = [] } = policy
  for (const [option, list] of Object.entries(given(policy))) {
    if (!Array.isArray(list) || list.some(name => typeof name !== 'string' || name === '')) {
      refuse(whose, `has in "${option}" what is no list of names`)
    }
    const unknown = transports && list.find((name: string) => !transports.includes(name) && !places.includes(name))
    if (unknown !== undefined) {
      refuse(whose, `names "${unknown.slice(0, 60)}" in "${option}", and the agent has ${transports?.join(', ')}`)
    }
  }
  if (only?.length === 0) refuse(whose, 'leaves no transport: "only" is empty')
  const both = avoid.find(name => prefer.includes(name) || only?.includes(name))
  if (both !== undefined)
    refuse(whose, `names "${both}" in "avoid" and in ${prefer.includes(both) ? '"prefer"' : '"only"'}`)
}

/** Where a list of wishes names a transport, or the place of a receiver that it reaches; -1 where it does not. */
export function placeIn(list: readonly string[], name: string, place: Place | undefined): number {
  // Most wish for nothing, and this is asked many times for each plan.
  if (list.length === 0) return -1
  const reach = place === undefined ? places.length : places.indexOf(place)
  return list.findIndex(wish => wish === name || places.indexOf(wish) >= reach)
}

/** One policy from several, the most general first: each wish of a later one takes the place of the same of an earlier one. */
export function mergePolicies(...policies: readonly (RoutePolicy | undefined)[]): RoutePolicy | undefined {
  let merged: RoutePolicy | undefined
  for (const policy of policies) {
    if (!policy) continue
    const { prefer = [], only = [] } = policy
    // What one is told to avoid in general, it may be told to take in particular.
    const avoid = merged?.avoid?.filter(name => !prefer.includes(name) && !only.includes(name))
    merged = { ...merged, ...(avoid && { avoid }), ...given(policy) }
  }
  return merged
}

/** Throws `SM_ROUTE_POLICY` for wishes that none of these transports fits. */
export function requireSome(whose: string, { only }: RoutePolicy, transports: readonly string[]): void {
  if (!only || [...transports, ...places].some(name => only.includes(name))) return
  refuse(whose, `leaves no transport: only ${only.join(', ')} may carry it, and the agent has ${transports.join(', ')}`)
}

function refuse(whose: string, why: string): never {
  throw smError('SM_ROUTE_POLICY', `The route of ${whose} ${why}`, { details: { outcome: 'failed' } })
}
