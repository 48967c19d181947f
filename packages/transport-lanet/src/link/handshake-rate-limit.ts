import type { Cancel, Clock } from '@sm/core/transport'

/** Turns that may be taken at once after a pause. */
const burst = 100

/** Turns a second in the long run: a handshake costs less than half a millisecond, so that a flood gets less than a tenth of a core. */
const perSecond = 200

/**
 * Lets the handshakes of strangers through at a pace at which they harm nobody. Those who wait are bounded by the limits
 * on connections.
 */
export class HandshakeRateLimit {
  readonly #clock: Clock
  readonly #waiting: Array<() => void> = []
  #turns = burst
  #at: number
  #timer: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#at = clock.elapsed()
  }

  /** Resolves when it is the caller's turn, in the order of the calls, or at {@link close}. */
  turn(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      this.#pass()
    })
  }

  close(): void {
    this.#timer?.()
    for (const pass of this.#waiting.splice(0)) pass()
  }

  #pass(): void {
    const now = this.#clock.elapsed()
    this.#turns = Math.min(burst, this.#turns + (Math.max(0, now - this.#at) * perSecond) / 1_000)
    this.#at = now
    while (this.#turns >= 1 && this.#waiting.length > 0) {
      this.#turns -= 1
      this.#waiting.shift()?.()
    }
    if (this.#waiting.length === 0 || this.#timer) return
    this.#timer = this.#clock.schedule(() => {
      this.#timer = undefined
      this.#pass()
    }, 1_000 / perSecond)
  }
}
