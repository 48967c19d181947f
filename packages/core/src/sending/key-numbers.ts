/** Most keys whose last number is remembered. */
const maxKeys = 10_000

/** Numbers messages with a key, so that a receiver sees when one comes out of order: by another transport, say. */
export class KeyNumbers {
  /** The last number of each key; the key that was used least lately comes first. */
  readonly #last = new Map<string, number>()
  #number = 0
  #hasForgotten = false

  /** The mark of the next message with a key: the number of the one before it, 0 for none and nothing where that is not known, and its own. */
  next(key: string): string {
    const before = this.#last.get(key) ?? (this.#hasForgotten ? '' : 0)
    this.#last.delete(key)
    if (this.#last.size === maxKeys) {
      this.#last.delete(this.#last.keys().next().value as string)
      this.#hasForgotten = true
    }
    this.#number += 1
    this.#last.set(key, this.#number)
    return `${before}-${this.#number}`
  }
}
