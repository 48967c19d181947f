import type { Cancel, Clock } from './clock.ts'

/** Something that must happen by a time unless it is withdrawn. Belongs to one {@link Deadlines} at a time. */
export abstract class Deadline {
  /** The list it waits in, and its neighbours there. For {@link Deadlines} alone. */
  slice: Slice | undefined = undefined
  next: Deadline | undefined = undefined
  previous: Deadline | undefined = undefined

  /** Its time has come. */
  abstract expire(): void
}

/** `promise`, or a rejection with what `late` makes if it has not settled `atMs` (by {@link Clock.elapsed}). */
export function withDeadline<T>(
  promise: Promise<T>,
  deadlines: Deadlines,
  atMs: number,
  late: () => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = new LateDeadline(() => reject(late()))
    deadlines.add(deadline, atMs)
    const end = () => deadlines.withdraw(deadline)
    promise.then(resolve, reject).finally(end)
  })
}

/** A deadline that calls a function. */
export class LateDeadline extends Deadline {
  readonly expire: () => void

  constructor(expire: () => void) {
    super()
    this.expire = expire
  }
}

/** The deadlines of one slice of time, as a list linked through the deadlines themselves. */
interface Slice {
  first: Deadline | undefined
  readonly cancel: Cancel
}

/**
 * Many deadlines on few timers: all that fall into one slice of time share a timer, so that adding and withdrawing one
 * costs a few assignments. A deadline runs up to `sliceMs` late, never early.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #sliceMs: number
  readonly #slices = new Map<number, Slice>()
  #lastNumber = -1
  #lastSlice: Slice | undefined

  constructor(clock: Clock, sliceMs = 16) {
    this.#clock = clock
    this.#sliceMs = sliceMs
  }

  /** How many wait. */
  get size(): number {
    let size = 0
    for (const slice of this.#slices.values()) for (let next = slice.first; next; next = next.next) size += 1
    return size
  }

  /** Has `deadline.expire()` run at `atMs` (by {@link Clock.elapsed}) or up to a slice later. */
  add(deadline: Deadline, atMs: number): void {
    const number = Math.floor(atMs / this.#sliceMs) + 1
    // Most deadlines fall into the same slice as the one before.
    const slice = number === this.#lastNumber ? (this.#lastSlice as Slice) : this.#slice(number)
    deadline.slice = slice
    deadline.next = slice.first
    if (slice.first) slice.first.previous = deadline
    slice.first = deadline
  }

  /** Forgets a deadline. Harmless when it has run or was never added. */
  withdraw(deadline: Deadline): void {
    const { slice, next, previous } = deadline
    if (!slice) return
    if (next) next.previous = previous
    if (previous) previous.next = next
    else slice.first = next
    deadline.slice = undefined
    deadline.next = undefined
    deadline.previous = undefined
  }

  /** Forgets all deadlines. */
  clear(): void {
    for (const { cancel } of this.#slices.values()) cancel()
    this.#slices.clear()
    this.#lastNumber = -1
    this.#lastSlice = undefined
  }

  #slice(number: number): Slice {
    let slice = this.#slices.get(number)
    if (!slice) {
      const delayMs = Math.max(0, number * this.#sliceMs - this.#clock.elapsed())
      // A slice that empties keeps its timer: the next deadline most likely falls into it again.
      const cancel = this.#clock.schedule(() => this.#expire(number), delayMs, { keepAlive: true })
      slice = { first: undefined, cancel }
      this.#slices.set(number, slice)
    }
    this.#lastNumber = number
    this.#lastSlice = slice
    return slice
  }

  #expire(number: number): void {
    const slice = this.#slices.get(number)
    this.#slices.delete(number)
    if (number === this.#lastNumber) {
      this.#lastNumber = -1
      this.#lastSlice = undefined
    }
    // One deadline may withdraw others as it runs, so the list is read anew each time.
    for (let due = slice?.first; due; due = slice?.first) {
      this.withdraw(due)
      due.expire()
    }
  }
}
