/**
 * A map for entries that mostly come and go one at a time: the first one has a place of its own, since a table that is
 * filled and emptied over and over keeps rebuilding itself.
 */
export class FewMap<V> {
  #key: string | undefined
  #value: V | undefined
  readonly #others = new Map<string, V>()

  get size(): number {
    return this.#others.size + (this.#key === undefined ? 0 : 1)
  }

  has(key: string): boolean {
    return key === this.#key || this.#others.has(key)
  }

  /** Adds an entry under a key that has none. */
  add(key: string, value: V): void {
    if (this.#key === undefined) {
      this.#key = key
      this.#value = value
    } else this.#others.set(key, value)
  }

  /** Takes an entry out. */
  take(key: string): V | undefined {
    if (key === this.#key) {
      const value = this.#value
      this.#key = undefined
      this.#value = undefined
      return value
    }
    if (this.#others.size === 0) return undefined
    const value = this.#others.get(key)
    this.#others.delete(key)
    return value
  }

  values(): V[] {
    return this.#key === undefined ? [...this.#others.values()] : [this.#value as V, ...this.#others.values()]
  }

  keys(): string[] {
    return this.#key === undefined ? [...this.#others.keys()] : [this.#key, ...this.#others.keys()]
  }
}
