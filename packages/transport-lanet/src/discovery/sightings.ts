import type { Clock } from '@sm/core/transport'
import type { FoundBy, FoundPeer, SeenPeer } from './discovery.ts'

/** Most peers that are remembered although nothing proves that they are there. */
const maxClaims = 4_096

/** Most addresses of one peer. */
const maxAddresses = 16

interface Sighting {
  readonly peer: Omit<FoundPeer, 'addresses'>
  readonly addresses: Map<FoundBy, readonly string[]>
  readonly proved: boolean
  readonly seenAt: number
}

/** The agents that have been seen, where, and how: one entry per instance, however often and by whatever means it was found. */
export class Sightings {
  readonly #clock: Clock
  readonly #sightings = new Map<string, Sighting>()
  #claims = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Takes note of a peer, and returns all that is now known of it; undefined when it is one claim too many. `proved` is for
   * who has answered a handshake: where it is, nobody else can be.
   */
  saw(found: FoundPeer, proved: boolean): FoundPeer | undefined {
    const { addresses, ...peer } = found
    const known = this.#sightings.get(peer.instance)
    if (!known && !proved && this.#claims >= maxClaims) return undefined
    if (proved) for (const address of addresses) this.#vacate(address, peer.instance)
    const places = known?.addresses ?? new Map<FoundBy, readonly string[]>()
    // An announcement tells all addresses; an answer adds the one that it came from.
    const before = proved ? (places.get(peer.by) ?? []) : []
    places.set(peer.by, [...new Set([...addresses, ...before])].slice(0, maxAddresses))
    const { fingerprint = known?.peer.fingerprint, network = known?.peer.network } = peer
    const by = known?.peer.by ?? peer.by
    const sighting: Sighting = {
      peer: { ...peer, by, fingerprint, network },
      addresses: places,
      proved: proved || known?.proved === true,
      seenAt: this.#clock.elapsed(),
    }
    this.remove(peer.instance)
    this.#sightings.set(peer.instance, sighting)
    if (!sighting.proved) this.#claims += 1
    return toFound(sighting)
  }

  /** Whether somebody is known to be at an address. */
  isAt(address: string): boolean {
    for (const { addresses } of this.#sightings.values()) {
      for (const places of addresses.values()) if (places.includes(address)) return true
    }
    return false
  }

  get(instance: string): SeenPeer | undefined {
    const sighting = this.#sightings.get(instance)
    return sighting && { ...toFound(sighting), seenAt: sighting.seenAt }
  }

  /** Returns whether it was known. */
  remove(instance: string): boolean {
    if (this.#sightings.get(instance)?.proved === false) this.#claims -= 1
    return this.#sightings.delete(instance)
  }

  list(): readonly SeenPeer[] {
    return [...this.#sightings.values()].map(sighting => ({ ...toFound(sighting), seenAt: sighting.seenAt }))
  }

  #vacate(address: string, instance: string): void {
    for (const [other, { addresses }] of this.#sightings) {
      if (other === instance) continue
      for (const [by, places] of addresses) {
        if (!places.includes(address)) continue
        addresses.set(
          by,
          places.filter(place => place !== address),
        )
      }
    }
  }
}

function toFound({ peer, addresses }: Sighting): FoundPeer {
  return { ...peer, addresses: [...new Set([...addresses.values()].flat())].slice(0, maxAddresses) }
}
