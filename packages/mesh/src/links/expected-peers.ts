import type { Cancel, Clock } from '@sm/core/transport'
import type { Link } from './link.ts'

/** How long a peer that was not found, but called, may take to call again, in milliseconds. */
const callerReturnsMs = 1_000

export interface ExpectedPeersOptions {
  readonly clock: Clock
  /** How long a call of this side takes at most, in milliseconds. */
  readonly handshakeMs: number
  /** A peer that was expected is back and has told what it wants, or is not there. */
  readonly onSettled: (instance: string) => void
}

/** The peers whose links broke: that does not mean that their processes are gone, and they may be back in a moment. */
export class ExpectedPeers {
  readonly #options: ExpectedPeersOptions
  readonly #timers = new Map<string, Cancel>()

  constructor(options: ExpectedPeersOptions) {
    this.#options = options
  }

  has(instance: string): boolean {
    return this.#timers.has(instance)
  }

  /** The link to a peer broke. `isCalled`: this side calls it, and will hear if it is not there. */
  add(instance: string, isCalled: boolean): void {
    const { clock, handshakeMs } = this.#options
    const withinMs = isCalled ? handshakeMs : Math.min(handshakeMs, callerReturnsMs)
    this.#timers.get(instance)?.()
    this.#timers.set(
      instance,
      clock.schedule(() => this.settled(instance), withinMs),
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
