import { smError } from '../errors/index.ts'
import type { Clock } from '../kernel/index.ts'
import { formatAddress, type InboxAddress } from '../message/index.ts'

/** Options of {@link Agent.waitFor}. */
export interface WaitForOptions {
  /** How long to wait, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Ends the wait, with its reason. */
  readonly signal?: AbortSignal
}

/** Those who wait until somebody is there. */
export class Arrivals {
  readonly #clock: Clock
  readonly #isHere: (address: InboxAddress) => boolean
  /** Those who wait: looks again, or ends with an error. */
  readonly #waiting = new Set<(error?: unknown) => void>()

  constructor(clock: Clock, isHere: (address: InboxAddress) => boolean) {
    this.#clock = clock
    this.#isHere = isHere
  }

  /** Resolves once the address can be reached. Rejects with `SM_WAIT_TIMEOUT` or the reason of the signal. */
  async wait(address: InboxAddress, { timeoutMs = 10_000, signal }: WaitForOptions): Promise<void> {
    signal?.throwIfAborted()
    if (this.#isHere(address)) return
    const arrival = Promise.withResolvers<void>()
    const look = (error?: unknown) => {
      if (error !== undefined) arrival.reject(error)
      else if (this.#isHere(address)) arrival.resolve()
    }
    const onAbort = () => arrival.reject(signal?.reason)
    const cancel = this.#clock.schedule(() => arrival.reject(absent(address, timeoutMs)), timeoutMs, {
      keepAlive: true,
    })
    this.#waiting.add(look)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await arrival.promise
    } finally {
      cancel()
      this.#waiting.delete(look)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Something has changed. */
  look(): void {
    for (const look of this.#waiting) look()
  }

  /** Nobody will come any more: ends every wait. */
  close(error: unknown): void {
    for (const look of this.#waiting) look(error)
  }
}

function absent(address: InboxAddress, timeoutMs: number) {
  const who = formatAddress(address)
  return smError('SM_WAIT_TIMEOUT', `${who} was not heard of as ready for messages within ${timeoutMs} ms`, {
    details: { agent: who },
  })
}
