import type { Cancel, Clock } from './clock.ts'

/** Something that must happen by a time unless it is withdrawn. */
export interface Deadline {
  /** The bucket it waits in; -1 once it has run or been withdrawn. */
  bucket: number
  expire(): void
}

/**
 * Many deadlines on few timers: all that fall into one slice of time share a timer, so that adding and withdrawing
 * one costs a set operation. A deadline runs up to `sliceMs` late, never early.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #buckets = new Map<number, Set<Deadline>>()
  readonly #timers = new Map<number, Cancel>()

  constructor(clock: Clock, sliceMs = 16) {
    this.#clock = clock
    this.#sliceMs = sliceMs
  }

  /** How many wait. */
  get size(): number {
    let size = 0
    for (const bucket of this.#buckets.values()) size += bucket.size
    return size
  }

  /** Has `deadline.expire()` run at `atMs` (epoch) or up to a slice later. */
  add(deadline: Deadline, atMs: number): void {
    const bucket = Math.floor(atMs / this.#sliceMs) + 1
    deadline.bucket = bucket
    const waiting = this.#buckets.get(bucket)
    if (waiting) {
      waiting.add(deadline)
      return
    }
    this.#buckets.set(bucket, new Set([deadline]))
    const delayMs = Math.max(0, bucket * this.#sliceMs - this.#clock.now())
    this.#timers.set(
      bucket,
      this.#clock.schedule(() => this.#expire(bucket), delayMs, { keepAlive: true }),
    )
  }

  withdraw(deadline: Deadline): void {
    const { bucket } = deadline
    if (bucket < 0) return
    deadline.bucket = -1
    // An empty bucket keeps its timer until #expire or clear(): the next deadline most likely falls into it again.
    this.#buckets.get(bucket)?.delete(deadline)
  }

  clear(): void {
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    this.#buckets.clear()
  }

  #expire(bucket: number): void {
    const due = this.#buckets.get(bucket)
    this.#buckets.delete(bucket)
    this.#timers.delete(bucket)
    for (const deadline of due ?? []) {
      deadline.bucket = -1
      deadline.expire()
    }
  }
}
