import { backoffMs, type Clock, type Random, sleep } from '@sm/core/transport'
import type { BrokeredSettings } from '../options.ts'

/** The waits between tries to connect. They begin anew only once a connection has lasted: one that ends at once promises nothing. */
export class Reconnects {
  readonly #deps: ReconnectsDeps
  #openedAt = 0
  /** Tries since a connection has lasted. */
  #tries = 0

  constructor(deps: ReconnectsDeps) {
    this.#deps = deps
  }

  /** There is a connection. */
  opened(): void {
    this.#openedAt = this.#deps.clock.elapsed()
  }

  /** It is lost. */
  lost(): void {
    const { clock, settings } = this.#deps
    if (clock.elapsed() - this.#openedAt > settings.deadAfterMs) this.#tries = 0
  }

  /** Waits before the next try. Rejects with the reason of the signal. */
  async pause(signal: AbortSignal): Promise<void> {
    const { clock, random, settings } = this.#deps
    this.#tries += 1
    await sleep(clock, backoffMs({ ...settings.reconnect, factor: 2, jitter: 0.5 }, this.#tries, random), signal)
  }
}

export interface ReconnectsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly settings: Pick<BrokeredSettings, 'reconnect' | 'deadAfterMs'>
}
