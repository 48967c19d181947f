import type { MaybePromise } from '../kernel/index.ts'
import type { SentReceipt } from './copies.ts'
import type { Sending } from './sending.ts'

/** A broadcast that waits for a wire. */
interface Held {
  /** Sends it, if every wire is there. False while one is not. */
  send(): boolean
}

/**
 * Broadcasts at least once that wait for a wire, since nobody knows who subscribes there. They leave in order. How many there are
 * is bounded by the publishes of the agent.
 */
export class HeldBroadcasts {
  readonly #held: Held[] = []

  get size(): number {
    return this.#held.length
  }

  /** Keeps one until `isAway` says no, and sends it then, unless its signal aborts before. */
  hold({ signal }: Sending, isAway: () => boolean, send: () => MaybePromise<SentReceipt>): Promise<SentReceipt> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const entry: Held = {
        send: () => {
          if (isAway()) return false
          signal?.removeEventListener('abort', onAbort)
          try {
            resolve(send())
          } catch (error) {
            reject(error)
          }
          return true
        },
      }
      const onAbort = () => {
        this.#held.splice(this.#held.indexOf(entry), 1)
        reject(signal?.reason)
      }
      this.#held.push(entry)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Something has changed: what is held leaves, in order, as far as its wires are back. */
  release(): void {
    while (this.#held[0]?.send()) this.#held.shift()
  }
}
