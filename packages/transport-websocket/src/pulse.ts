import type { Cancel, Clock } from '@sm/core/transport'

export interface PulseOptions {
  readonly clock: Clock
  /** Silence after which a sign of life is asked for, in milliseconds. */
  readonly heartbeatMs: number
  /** Silence after which the other side counts as dead, in milliseconds. */
  readonly deadAfterMs: number
  readonly ping: () => void
  readonly dead: () => void
}

/** Watches whether the other side is still heard of. */
export class Pulse {
  readonly #options: PulseOptions
  #heard = false
  #silentMs = 0
  #timer: Cancel | undefined

  constructor(options: PulseOptions) {
    this.#options = options
    this.#wait()
  }

  /** Something came in. Called for every message, so it does next to nothing. */
  heard(): void {
    this.#heard = true
  }

  stop(): void {
    this.#timer?.()
  }

  #wait(): void {
    const { clock, heartbeatMs } = this.#options
    this.#timer = clock.schedule(() => this.#beat(), heartbeatMs)
  }

  #beat(): void {
    const { heartbeatMs, deadAfterMs, ping, dead } = this.#options
    this.#silentMs = this.#heard ? 0 : this.#silentMs + heartbeatMs
    this.#heard = false
    if (this.#silentMs >= deadAfterMs) {
      dead()
      return
    }
    if (this.#silentMs > 0) ping()
    this.#wait()
  }
}
