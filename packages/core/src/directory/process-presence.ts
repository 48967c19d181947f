import type { Transport } from '../contract/index.ts'
import type { Unlisten } from '../kernel/index.ts'
import type { Card } from './card.ts'
import type { LivePeers } from './live-peers.ts'
import { type Neighbour, Neighbours } from './neighbours.ts'
import type { PresenceHost } from './presence-host.ts'

/** The presence of an agent on a transport that stays in this process: no word is needed, and all who are there are known at once. */
export class ProcessPresence implements Neighbour {
  readonly transport: Transport
  readonly #peers: LivePeers
  readonly #host: PresenceHost
  readonly #neighbours: Neighbours
  readonly #unlisten: Unlisten

  constructor(transport: Transport, peers: LivePeers, host: PresenceHost) {
    this.transport = transport
    this.#peers = peers
    this.#host = host
    this.#neighbours = new Neighbours(host.namespace, transport.name)
    this.#unlisten = transport.on('state', () => host.stateChanged())
  }

  get card(): Card {
    return this.#host.card()
  }

  async start(): Promise<void> {
    const { roster } = this.#host
    const { name } = this.transport
    // Those who do not tell of themselves are there all the same.
    this.#peers.follow((change, peer) => {
      if (change === 'joined') roster.linked(name, peer)
      else roster.unlinked(name, peer.instance)
    })
    this.#neighbours.join(this)
    roster.complete(name, true)
  }

  came(card: Card): void {
    this.#host.roster.linked(this.transport.name, card, card)
  }

  went(instance: string): void {
    this.#host.roster.unlinked(this.transport.name, instance)
  }

  /** Tells the others who is here. */
  announce(): void {
    this.#neighbours.announce(this)
  }

  leave(): void {
    this.#neighbours.leave(this)
    this.#unlisten()
    this.#peers.close()
  }

  async close(): Promise<void> {
    this.leave()
  }
}
