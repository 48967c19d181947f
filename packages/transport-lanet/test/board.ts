import type { Announcement, Discovery, DiscoveryListener, FoundPeer, Probe } from '../src/discovery/discovery.ts'

interface Place {
  readonly self: Announcement
  readonly listener: DiscoveryListener
}

/** Lets agents of one process find each other, in the way that a test decides. */
export class Board {
  readonly #places = new Set<Place>()
  /** The sighting of an agent that `viewer` gets; undefined for none. By default its announcement, at the loopback address. */
  view = (_viewer: Announcement, seen: Announcement): FoundPeer | undefined => toPeer(seen)

  /** The agents elsewhere, of which everyone who comes is told. */
  readonly guests: FoundPeer[] = []

  /** Everyone who is here. */
  get announcements(): readonly Announcement[] {
    return [...this.#places].map(({ self }) => self)
  }

  discovery = (_: Probe): Discovery => {
    let own: Place | undefined
    return {
      start: async (self, listener) => {
        own = { self, listener }
        for (const other of this.#places) {
          this.#tell(own, other)
          this.#tell(other, own)
        }
        for (const guest of this.guests) listener.found(guest)
        this.#places.add(own)
      },
      discover: () => [],
      forget: () => {},
      close: async () => {
        if (!own || !this.#places.delete(own)) return
        for (const { listener } of this.#places) listener.lost(own.self.instance)
      },
    }
  }

  #tell(viewer: Place, seen: Place): void {
    const peer = viewer.self.namespace === seen.self.namespace ? this.view(viewer.self, seen.self) : undefined
    if (peer) viewer.listener.found(peer)
  }
}

export function toPeer({ agent, instance, port, fingerprint, network }: Announcement): FoundPeer {
  return { agent, instance, addresses: [`127.0.0.1:${port}`], fingerprint, network, by: 'peers' }
}
