/** Most numbers that are remembered: a duplicate follows soon. */
const maxNumbers = 1_024

/** Tells what the network brings for the first time from what it brings again. */
export class RecentNumbers {
  readonly #numbers = new Set<number>()

  /** Whether a number has not come before. */
  isNew(number: number): boolean {
    if (this.#numbers.has(number)) return false
    this.#numbers.add(number)
    if (this.#numbers.size > maxNumbers) this.#numbers.delete(this.#numbers.values().next().value as number)
    return true
  }

  clear(): void {
    this.#numbers.clear()
  }
}
