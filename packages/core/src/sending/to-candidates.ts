import type { Route } from '../contract/index.ts'
import type { Audience, Receivers } from '../directory/index.ts'
import { type Address, formatAddress, type MessageType } from '../message/index.ts'
import type { Candidate } from '../routing/index.ts'
import type { Wire } from './wire.ts'

/** The facts of each wire for a plan: what its transport says, what was seen of it, and who was heard there. */
export function toCandidates(
  wires: readonly Wire[],
  message: MessageType,
  address: Address,
  audience: Audience,
  now: number,
): readonly Candidate[] {
  const to = formatAddress(address)
  const receivers = address.kind === 'inbox' ? audience.receivers(address) : undefined
  return wires.map(wire => {
    const { name, rank, state, transport } = wire
    const { capabilities } = transport
    const isComplete = audience.isComplete(name)
    return {
      ...{ name, rank, state, capabilities, isComplete },
      ...heardOn(name, transport.routes(address), receivers, isComplete, now),
      breaker: wire.breaker(to),
      isReturning: wire.isReturning,
      poor: wire.poor,
      roundTripMs: wire.roundTripMs ?? audience.roundTripMs(name),
      place: receivers?.placeOn(name, capabilities.reach !== 'wan'),
      wants: transport.wants?.(message.type),
    }
  })
}

/** The routes of a transport. Only where it cannot tell itself counts what was heard: a live link says more. */
function heardOn(
  wire: string,
  routes: readonly Route[],
  receivers: Receivers | undefined,
  isComplete: boolean,
  now: number,
): Pick<Candidate, 'routes' | 'isUnheard' | 'heardAgoMs'> {
  const isGuess = routes.length > 0 && routes.every(({ evidence }) => evidence === 'unknown')
  if (!isGuess || !receivers) return { routes, isUnheard: false, heardAgoMs: undefined }
  const heard = receivers.on(wire)
  const heardAt = receivers.heardAt(wire)
  return {
    routes: heard.length > 0 ? heard.map(toRoute) : routes,
    isUnheard: isComplete && heard.length === 0,
    heardAgoMs: heardAt === undefined ? undefined : now - heardAt,
  }
}

function toRoute(via: string): Route {
  return { via, evidence: 'heard' }
}
