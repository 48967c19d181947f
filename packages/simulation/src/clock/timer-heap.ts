/** A timer of the event loop. */
export interface Timer {
  readonly at: number
  /** Timers of one instant run in the order in which they were set. */
  readonly order: number
  /** Undefined once it was cancelled. */
  callback: (() => void) | undefined
}

const isBefore = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** Timers, the next one first: a binary heap, since a run sets a million of them. */
export class TimerHeap {
  readonly #timers: Timer[] = []

  get size(): number {
    return this.#timers.length
  }

  /** The next timer, left in place. */
  peek(): Timer | undefined {
    return this.#timers[0]
  }

  push(timer: Timer): void {
    const timers = this.#timers
    let at = timers.length
    timers.push(timer)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(timer, timers[parent] as Timer)) break
      timers[at] = timers[parent] as Timer
      at = parent
    }
    timers[at] = timer
  }

  pop(): Timer | undefined {
    const timers = this.#timers
    const first = timers[0]
    const last = timers.pop()
    if (!last || timers.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= timers.length) break
      if (child + 1 < timers.length && isBefore(timers[child + 1] as Timer, timers[child] as Timer)) child += 1
      if (!isBefore(timers[child] as Timer, last)) break
      timers[at] = timers[child] as Timer
      at = child
    }
    timers[at] = last
    return first
  }
}
