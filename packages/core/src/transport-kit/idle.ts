import { abortable } from '../kernel/index.ts'

/** The moment at which a consumer that drains has nothing left to do. */
export class Idle {
  readonly #isIdle: () => boolean
  #resolve: (() => void) | undefined

  constructor(isIdle: () => boolean) {
    this.#isIdle = isIdle
  }

  /** Resolves when the consumer is idle, or when `signal` ends the wait. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    const idle = new Promise<void>(resolve => {
      this.#resolve = resolve
    })
    this.check()
    try {
      await abortable(idle, signal)
    } catch {
      // The drain has ended: whoever closes the consumer hands back what is left.
    }
  }

  /** Something has been settled: callers say so each time, and it costs nothing while nobody waits. */
  check(): void {
    if (this.#resolve && this.#isIdle()) this.#resolve()
  }
}
