import type { DirectoryChange } from './directory-entry.ts'

/** Changes for one who loops over them: of each instance the latest, so that one who is slow holds up nothing. */
export class ChangeStream implements AsyncIterableIterator<DirectoryChange> {
  readonly #changes = new Map<string, DirectoryChange>()
  readonly #open: Set<ChangeStream>
  readonly #signal: AbortSignal | undefined
  #waiting: PromiseWithResolvers<IteratorResult<DirectoryChange>>[] = []
  #hasEnded = false

  /** `open`: all that are told of changes; it is one of them until its end. */
  constructor(open: Set<ChangeStream>, signal: AbortSignal | undefined) {
    this.#open = open
    this.#signal = signal
    open.add(this)
    if (signal?.aborted) this.end()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  push(change: DirectoryChange): void {
    const waiting = this.#waiting.shift()
    if (waiting) {
      waiting.resolve({ done: false, value: change })
      return
    }
    const { instance } = change.entry
    const before = this.#changes.get(instance)
    this.#changes.delete(instance)
    // Who came and went meanwhile was never there, for one who sees the end of it; who came stays a newcomer.
    if (before?.change === 'joined' && change.change === 'left') return
    const isStillNew = before?.change === 'joined' && change.change === 'changed'
    this.#changes.set(instance, isStillNew ? { ...change, change: 'joined' } : change)
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#changes.clear()
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
    this.#open.delete(this)
  }

  async next(): Promise<IteratorResult<DirectoryChange>> {
    if (this.#hasEnded) return { done: true, value: undefined }
    const [first] = this.#changes
    if (first) {
      this.#changes.delete(first[0])
      return { done: false, value: first[1] }
    }
    const waiting = Promise.withResolvers<IteratorResult<DirectoryChange>>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  async return(): Promise<IteratorResult<DirectoryChange>> {
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  readonly #onAbort = () => this.end()
}
