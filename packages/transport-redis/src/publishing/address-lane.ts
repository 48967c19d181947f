import type { PublishAttempt } from './publish-attempt.ts'

/** A frame with the queues that it goes to. */
export interface Addressed {
  readonly attempt: PublishAttempt
  readonly queues: readonly string[]
  /** The queues that have it. */
  done: readonly string[]
  /** Why a queue can never have it. */
  error: unknown
}

/** How soon a full queue is tried again, in milliseconds: the first wait and the longest. */
const initialMs = 5
const maxMs = 100

/** How many frames try at once whether there is room again. */
const maxTries = 128

/** The frames that wait for room in one queue. Those after them go to the other queues meanwhile. */
export class AddressLane {
  readonly queue: string
  #waiting: Addressed[] = []
  #delayMs = initialMs
  /** When it is tried again. */
  dueAt: number

  constructor(queue: string, now: number) {
    this.queue = queue
    this.dueAt = now + initialMs
  }

  get length(): number {
    return this.#waiting.length
  }

  get all(): readonly Addressed[] {
    return this.#waiting
  }

  push(addressed: Addressed): void {
    addressed.attempt.pending.awaitsRoom()
    this.#waiting.push(addressed)
  }

  /** The publishes that try next, in order. Publishes that were given up are left out. */
  next(): readonly Addressed[] {
    const given = this.#waiting.filter(({ attempt }) => attempt.pending.isEnded)
    if (given.length > 0) {
      this.#waiting = this.#waiting.filter(({ attempt }) => !attempt.pending.isEnded)
      for (const { attempt } of given) attempt.lost()
    }
    return this.#waiting.slice(0, maxTries)
  }

  /** So many of those who tried found room. */
  tried(found: number, now: number): void {
    this.#waiting.splice(0, found)
    this.#delayMs = found > 0 ? initialMs : Math.min(maxMs, this.#delayMs * 2)
    this.dueAt = now + this.#delayMs
  }
}
