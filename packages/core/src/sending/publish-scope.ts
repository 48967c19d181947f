import { smError } from '../errors/index.ts'
import { type Clock, type Deadlines, LateDeadline } from '../kernel/index.ts'
import type { RouteStep } from '../routing/index.ts'
import type { Sending, Wishes } from './sending.ts'

/** How long a publish may wait, what ends the wait, and what it wishes meanwhile. */
export interface Patience extends Wishes {
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
  steps: readonly RouteStep[] | undefined
  since: number | undefined
  wire: { release(): void } | undefined
  readonly #times: PublishTimes
  readonly #type: string
  readonly #patience: Patience
  #controller: AbortController | undefined
  /** The publish itself, and what goes on after it. */
  #users = 1
  #forget: (() => void) | undefined

  constructor(times: PublishTimes, type: string, patience: Patience) {
    this.#times = times
    this.#type = type
    this.#patience = patience
  }

  get wishes(): Wishes | undefined {
    const { route, via } = this.#patience
    return route || via !== undefined ? this.#patience : undefined
  }

  get hasEnded(): boolean {
    return (this.#controller ?? this.#patience).signal?.aborted === true
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#wait()
    return this.#controller.signal
  }

  hold(): void {
    this.#users += 1
  }

  /** The publish has ended, or something that went on after it. */
  end(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.#forget?.()
    this.wire?.release()
  }

  abandon(reason: unknown): void {
    this.#controller?.abort(reason)
  }

  #wait(): AbortController {
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
    return controller
  }
}
