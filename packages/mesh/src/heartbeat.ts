import type { Cancel, Clock } from '@sm/core/transport'

/** Watches over one link: asks a silent peer for a sign of life, and gives it up when none comes. */
export class Heartbeat {
  readonly #clock: Clock
  #heardAt: number
  #timer: Cancel

  /** Until {@link start}, the peer has `handshakeMs` to finish its handshake. */
  constructor(clock: Clock, handshakeMs: number, onLate: () => void) {
    this.#clock = clock
    this.#heardAt = clock.now()
    this.#timer = clock.schedule(onLate, handshakeMs)
  }

  /** Something has come in. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  /** `onSilent` is called once per beat of silence, with its length in milliseconds. */
  start(heartbeatMs: number, onSilent: (silentMs: number) => void): void {
    this.#timer()
    const due = this.#clock.now() + heartbeatMs
    this.#timer = this.#clock.schedule(() => {
      // A beat that comes late tells of this side's own pause, in which it could not have heard anything.
      this.#heardAt += Math.max(0, this.#clock.now() - due)
      this.start(heartbeatMs, onSilent)
      const silentMs = this.#clock.now() - this.#heardAt
      if (silentMs >= heartbeatMs) onSilent(silentMs)
    }, heartbeatMs)
  }

  stop(): void {
    this.#timer()
  }
}
