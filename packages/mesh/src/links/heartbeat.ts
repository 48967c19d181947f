import type { Cancel, Clock } from '@sm/core/transport'
import { outOfPatience } from './patience.ts'

/** Watches over one link: asks a silent peer for a sign of life, and gives it up when none comes. */
export class Heartbeat {
  readonly #clock: Clock
  #heardAt: number
  #timer: Cancel

  /** Until {@link start}, the peer has `handshakeMs` to finish its handshake. */
  constructor(clock: Clock, handshakeMs: number, onLate: () => void) {
    this.#clock = clock
    this.#heardAt = clock.elapsed()
    this.#timer = outOfPatience(clock, handshakeMs, onLate)
  }

  /** Something has come in. */
  heard(): void {
    this.#heardAt = this.#clock.elapsed()
  }

  /** `onBeat` is called once per beat, `beatMs()` apart, with how long the peer has been silent, in milliseconds. */
  start(beatMs: () => number, onBeat: (silentMs: number) => void): void {
    this.#timer()
    const heartbeatMs = beatMs()
    const due = this.#clock.elapsed() + heartbeatMs
    this.#timer = this.#clock.schedule(() => {
      // A beat that comes late tells of this side's own pause, in which it could not have heard anything.
      this.#heardAt += Math.max(0, this.#clock.elapsed() - due)
      this.start(beatMs, onBeat)
      onBeat(this.#clock.elapsed() - this.#heardAt)
    }, heartbeatMs)
  }

  stop(): void {
    this.#timer()
  }
}
