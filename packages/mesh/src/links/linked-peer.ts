import type { Peer } from '@sm/core/transport'
import type { Hello } from '../wire/packets/hello.ts'
import type { Link } from './link.ts'
import type { RoundTrip } from './round-trips.ts'

/** A peer that has a link now, and what has been measured of it, once something has. */
export interface LinkedPeer extends Peer, Partial<RoundTrip> {}

export function toPeer({ agent, instance, hostId: host, processId }: Hello): Peer {
  return { agent, instance, hostId: host, processId }
}

export function toLinkedPeer({ peer, roundTrip }: Link): LinkedPeer {
  return { ...toPeer(peer as Hello), ...roundTrip }
}
