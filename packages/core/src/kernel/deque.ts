/** A queue with constant-time access to its front: a ring that grows by doubling and keeps no reference to what left. */
export class Deque<T> {
  #items: Array<T | undefined> = new Array(16)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow()
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item
    this.#length += 1
  }

  /** The front item, left in place. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head]
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#items.length - 1)
    this.#length -= 1
    return item
  }

  /** Everything, front first, left in place. */
  items(): T[] {
    return Array.from({ length: this.#length }, (_, i) => this.#items[(this.#head + i) & (this.#items.length - 1)] as T)
  }

  /** Takes everything out, front first. */
  drain(): T[] {
    const items: T[] = []
    while (this.#length > 0) items.push(this.shift() as T)
    return items
  }

  #grow(): void {
    const grown: Array<T | undefined> = new Array(this.#items.length * 2)
    for (let i = 0; i < this.#length; i++) grown[i] = this.#items[(this.#head + i) & (this.#items.length - 1)]
    this.#items = grown
    this.#head = 0
  }
}
