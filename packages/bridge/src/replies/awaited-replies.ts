import { type Clock, sleep } from '@sm/core/transport'

/** Most requests whose replies are awaited by a drain; the oldest are forgotten first. */
const maxAwaited = 10_000

/** How often a drain looks, in milliseconds. */
const pollMs = 10

/** The requests that this instance has carried over, and that no reply has come for: a drain waits for them. */
export class AwaitedReplies {
  readonly #clock: Clock
  /** Until when, by request. */
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#until.size
  }

  add(request: string, until: number): void {
    if (this.#until.size === maxAwaited) this.#until.delete(this.#until.keys().next().value as string)
    this.#until.set(request, until)
  }

  /** A reply has come, or will never come. */
  over(request: string | undefined): void {
    if (request !== undefined) this.#until.delete(request)
  }

  /** Forgets requests whose time is over. */
  expire(): void {
    const now = this.#clock.elapsed()
    for (const [request, until] of this.#until) if (until <= now) this.#until.delete(request)
  }

  /** Resolves when no reply is awaited any more, or `signal` aborts. */
  async none(signal: AbortSignal): Promise<void> {
    for (this.expire(); this.size > 0 && !signal.aborted; this.expire()) {
      await sleep(this.#clock, pollMs, signal).catch(() => undefined)
    }
  }
}
