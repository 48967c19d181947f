import type { Route } from '../contract/index.ts'
import type { Audience } from '../directory/index.ts'
import { type Address, formatAddress, type MessageType } from '../message/index.ts'
import type { Candidate } from '../routing/index.ts'
import type { Wire } from './wire.ts'

/** The facts of one wire for a plan: what its transport says, what was seen of it, and who was heard there. */
export function toCandidate(
  wire: Wire,
  { type }: MessageType,
  address: Address,
  audience: Audience,
  now: number,
): Candidate {
  const { name, rank, state, transport } = wire
  const { capabilities } = transport
  const heard = address.kind === 'inbox' ? audience.instancesOn(name, address) : []
  const told = transport.routes(address)
  const isComplete = audience.isComplete(name)
  // Only where the transport itself cannot tell: a live link says more.
  const isGuess = told.length > 0 && told.every(({ evidence }) => evidence === 'unknown')
  const heardAt = address.kind === 'inbox' && isGuess ? audience.heardAt(name, address) : undefined
  return {
    ...{ name, rank, state, capabilities, isComplete },
    routes: isGuess && heard.length > 0 ? heard.map(toRoute) : told,
    isUnheard: isGuess && address.kind === 'inbox' && isComplete && heard.length === 0,
    breaker: wire.breaker(formatAddress(address)),
    isReturning: wire.isReturning,
    poor: wire.poor,
    heardAgoMs: heardAt === undefined ? undefined : now - heardAt,
    roundTripMs: wire.roundTripMs ?? audience.roundTripMs(name),
    place: address.kind === 'inbox' ? audience.placeOn(name, address, capabilities.reach !== 'wan') : undefined,
    ...(transport.wants && { wants: transport.wants(type) }),
  }
}

function toRoute(via: string): Route {
  return { via, evidence: 'heard' }
}
