import type { SignalOptions } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { type Clock, type Deadlines, LateDeadline } from '../kernel/index.ts'

/** One publish, as a transport gets it: where it went is told to whoever publishes. */
export interface Sending extends SignalOptions {
  /** Names of the transports that took it, once it is sent. */
  transports: readonly string[]
}

/** How long a publish may wait, and what ends the wait. */
export interface Patience {
  /** Longest wait, in milliseconds. */
  readonly timeoutMs?: number | undefined
  /** When the wait is over, by `Clock.elapsed`, where that is known. */
  readonly endsAt?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Times of the publishes of one agent. */
export interface PublishTimes {
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Longest wait where a publish names none, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * The time that a publish has, as the options that a transport gets. The signal is made when the transport first asks
 * for it, which it does only when it has to wait: a publish that goes through at once pays nothing.
 */
export class PublishScope implements Sending {
  transports: readonly string[] = []
  readonly #times: PublishTimes
  readonly #type: string
  readonly #patience: Patience
  #signal: AbortSignal | undefined
  #forget: (() => void) | undefined

  constructor(times: PublishTimes, type: string, patience: Patience) {
    this.#times = times
    this.#type = type
    this.#patience = patience
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#wait()
    return this.#signal
  }

  /** The publish has ended. */
  end(): void {
    this.#forget?.()
  }

  #wait(): AbortSignal {
    const { clock, deadlines } = this.#times
    const { timeoutMs = this.#times.timeoutMs, endsAt = clock.elapsed() + timeoutMs, signal } = this.#patience
    const controller = new AbortController()
    const what = `No room for ${this.#type} within ${timeoutMs} ms, or no wire`
    const late = new LateDeadline(() =>
      controller.abort(smError('SM_PUBLISH_TIMEOUT', what, { details: { outcome: 'failed' } })),
    )
    const onAbort = () => controller.abort(signal?.reason)
    deadlines.add(late, endsAt)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    this.#forget = () => {
      deadlines.withdraw(late)
      signal?.removeEventListener('abort', onAbort)
    }
    return controller.signal
  }
}
