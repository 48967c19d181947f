/** Pings that somebody waits for: their answer says that all that was written before it has been read. */
export class Barriers {
  readonly #waiting = new Map<number, () => void>()
  #last = 0

  /** Resolves when the ping, which `send` writes, has been answered, or nobody will answer any more. */
  open(send: (number: number) => void): Promise<void> {
    return new Promise(resolve => {
      // 0 is the number of pings that nobody waits for.
      this.#last = (this.#last % 0xffff_ffff) + 1
      this.#waiting.set(this.#last, resolve)
      send(this.#last)
    })
  }

  pass(number: number): void {
    this.#waiting.get(number)?.()
    this.#waiting.delete(number)
  }

  passAll(): void {
    for (const pass of this.#waiting.values()) pass()
    this.#waiting.clear()
  }
}
