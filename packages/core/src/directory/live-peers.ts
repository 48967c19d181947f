import type { Peer, Transport } from '../contract/index.ts'
import type { Unlisten } from '../kernel/index.ts'

/** The agent instances that a transport has told of, from before its start: those that it finds there are told while it starts. */
export class LivePeers {
  readonly #peers = new Map<string, Peer>()
  readonly #unlisten: Unlisten
  #onChange: ((change: 'joined' | 'left', peer: Peer) => void) | undefined

  constructor(transport: Transport) {
    this.#unlisten = transport.on('peer', ({ change, peer }) => {
      if (change === 'joined') this.#peers.set(peer.instance, peer)
      else this.#peers.delete(peer.instance)
      this.#onChange?.(change, peer)
    })
  }

  /** Tells of those who are there, and of every change from now on. */
  follow(onChange: (change: 'joined' | 'left', peer: Peer) => void): void {
    for (const peer of this.#peers.values()) onChange('joined', peer)
    this.#onChange = onChange
  }

  close(): void {
    this.#unlisten()
    this.#onChange = undefined
  }
}
