import type { Frame } from '@sm/core/transport'
import type { Incoming } from '../groups/local-subscription.ts'
import type { Arrival, Link } from './link.ts'

/** The credit that one link has for one subscription, modulo 2³² as on the wire. */
export interface Grant {
  granted: number
  received: number
  /** Taken up since the last grant. */
  consumed: number
}

/** The part that grants credit. */
export interface GrantHost {
  /** A frame was taken up: its cost is free again. */
  consumed(arrival: Arrival, grant: Grant): void
}

/** A frame that a link has brought, and that waits for its consumer. */
export class LinkIncoming implements Incoming {
  frame: Frame | undefined
  lost = false
  readonly #arrival: Arrival
  readonly #grant: Grant
  readonly #host: GrantHost

  constructor(frame: Frame | undefined, arrival: Arrival, grant: Grant, host: GrantHost) {
    this.frame = frame
    this.#arrival = arrival
    this.#grant = grant
    this.#host = host
  }

  get source(): Link {
    return this.#arrival.link
  }

  get attempt(): number {
    return this.#arrival.attempt
  }

  settle(): void {
    const { link, sequence } = this.#arrival
    if (sequence !== undefined) link.settle(sequence)
  }

  nack(delayMs: number, begun?: boolean): void {
    const { link, sequence } = this.#arrival
    if (sequence !== undefined) link.nack(sequence, delayMs, begun)
  }

  ageMs(time: number): number | undefined {
    return this.#arrival.link.ageMs(time)
  }

  consumed(): void {
    this.#host.consumed(this.#arrival, this.#grant)
  }
}
