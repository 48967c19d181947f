import type { SignalOptions } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { type Clock, Deadline, type Deadlines } from '../kernel/index.ts'

/**
 * The time that a publish has, as the options that a transport gets. The signal is made when the transport first asks
 * for it, which it does only when it has to wait: a publish that goes through at once pays nothing.
 */
export class PublishScope extends Deadline implements SignalOptions {
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #type: string
  readonly #timeoutMs: number
  readonly #userSignal: AbortSignal | undefined
  #controller: AbortController | undefined

  constructor(
    clock: Clock,
    deadlines: Deadlines,
    type: string,
    timeoutMs: number,
    userSignal: AbortSignal | undefined,
  ) {
    super()
    this.#clock = clock
    this.#deadlines = deadlines
    this.#type = type
    this.#timeoutMs = timeoutMs
    this.#userSignal = userSignal
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      this.#deadlines.add(this, this.#clock.elapsed() + this.#timeoutMs)
      if (this.#userSignal?.aborted) this.handleEvent()
      else this.#userSignal?.addEventListener('abort', this, { once: true })
    }
    return this.#controller.signal
  }

  /** The user's signal has aborted. */
  handleEvent(): void {
    this.#controller?.abort(this.#userSignal?.reason)
  }

  expire(): void {
    const what = `No room for ${this.#type} within ${this.#timeoutMs} ms, or no wire`
    this.#controller?.abort(smError('SM_PUBLISH_TIMEOUT', what, { details: { outcome: 'failed' } }))
  }

  /** The publish has ended. */
  end(): void {
    if (!this.#controller) return
    this.#deadlines.withdraw(this)
    this.#userSignal?.removeEventListener('abort', this)
  }
}
