import type { Cancel, Clock } from '@sm/core/transport'
import type { Link } from './link.ts'

export interface ExpectedPeersOptions {
  readonly clock: Clock
  /** How long a call takes at most, in milliseconds. */
  readonly handshakeMs: number
  /** A peer that was expected is back and has told what it wants, or is not there. */
  readonly onSettled: (instance: string) => void
}

/** The peers that are called again because their links broke: that does not mean that their processes are gone. */
export class ExpectedPeers {
  readonly #options: ExpectedPeersOptions
  readonly #timers = new Map<string, Cancel>()

  constructor(options: ExpectedPeersOptions) {
    this.#options = options
  }

  has(instance: string): boolean {
    return this.#timers.has(instance)
  }

  /** The link to a peer broke. */
  add(instance: string): void {
    const { clock, handshakeMs } = this.#options
    this.#timers.get(instance)?.()
    this.#timers.set(
      instance,
      clock.schedule(() => this.settled(instance), handshakeMs),
    )
  }

  /** A peer has a link again: what it wants is known once it has answered. */
  async returned(instance: string, link: Link): Promise<void> {
    if (!this.has(instance)) return
    await link.barrier()
    if (link.open) this.settled(instance)
  }

  /** It is known whether a peer is there, and what it wants. */
  settled(instance: string): void {
    const cancel = this.#timers.get(instance)
    if (!cancel) return
    cancel()
    this.#timers.delete(instance)
    this.#options.onSettled(instance)
  }

  close(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }
}
