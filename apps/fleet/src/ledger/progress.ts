/** How many moments are put in order before they are looked at: processes tell of theirs a little late. */
const mostHeld = 1_024

/** The times between moments that are told nearly in their order, however many there are. */
export class Progress {
  readonly #onGap: (gap: { readonly from: number; readonly until: number }) => void
  #held: number[] = []
  #last: number | undefined

  constructor(onGap: (gap: { readonly from: number; readonly until: number }) => void) {
    this.#onGap = onGap
  }

  add(at: number): void {
    this.#held.push(at)
    if (this.#held.length === mostHeld) this.#take(mostHeld / 2)
  }

  /** Looks at what is still held. */
  flush(): void {
    this.#take(this.#held.length)
  }

  #take(count: number): void {
    this.#held.sort((a, b) => a - b)
    for (const at of this.#held.splice(0, count)) {
      if (this.#last !== undefined && at > this.#last) this.#onGap({ from: this.#last, until: at })
      this.#last = Math.max(this.#last ?? at, at)
    }
  }
}
