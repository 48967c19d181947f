import { AsyncLocalStorage } from 'node:async_hooks'
import { Deque } from '../kernel/index.ts'

/** A queue with frames to hand over. */
export interface Pumped {
  /** Hands over some, and says how many. */
  run(): number
}

/** Deliveries after which the event loop gets its turn, however busy the agents are with each other. */
const deliveriesPerTurn = 4_096

/** Runs something outside of whatever its caller runs in. */
const outside: (work: () => void) => void = AsyncLocalStorage.snapshot()

/**
 * Runs queues soon, never within the caller's own call, and outside of whatever the caller runs in: a handler belongs to its
 * message, not to whoever happened to publish.
 */
export class Pump {
  readonly #due = new Deque<Pumped>()
  #wake: (() => void) | undefined

  constructor() {
    outside(() => void this.#loop())
  }

  soon(queue: Pumped): void {
    this.#due.push(queue)
    this.#wake?.()
    this.#wake = undefined
  }

  async #loop(): Promise<void> {
    let deliveries = 0
    for (;;) {
      // Microtasks are quickest; but agents that keep each other busy would never let the event loop turn.
      if (deliveries >= deliveriesPerTurn) {
        deliveries = 0
        await new Promise(resolve => setImmediate(resolve))
      } else if (this.#due.length > 0) await undefined
      else {
        await new Promise<void>(resolve => {
          this.#wake = resolve
        })
      }
      for (let left = this.#due.length; left > 0; left--) deliveries += runSafely(this.#due.shift() as Pumped)
    }
  }
}

/** A queue that throws is a fault of ours, which must be seen and not stop the others. */
function runSafely(queue: Pumped): number {
  try {
    return queue.run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
    return 0
  }
}
