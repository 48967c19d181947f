import type { Cancel, Clock } from '@sm/core/transport'

/** The clock of one process: that of its host, until the process ends. After that no timer of it runs any more. */
export class ProcessClock implements Clock {
  readonly #host: Clock
  #ended = false

  constructor(host: Clock) {
    this.#host = host
  }

  now(): number {
    return this.#host.now()
  }

  elapsed(): number {
    return this.#host.elapsed()
  }

  schedule(callback: () => void, delayMs: number): Cancel {
    if (this.#ended) return () => undefined
    return this.#host.schedule(() => {
      if (!this.#ended) callback()
    }, delayMs)
  }

  /** The process has ended. */
  end(): void {
    this.#ended = true
  }
}
