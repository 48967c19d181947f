import type { Cancel, Clock } from '@sm/core/transport'

/** For how long nobody new must have been heard, in milliseconds. */
const quietMs = 30

/** Where the first answer took long, the others may be as far apart: the silence must last so many times as long. */
const patience = 2

/** Listens for those who are there already: until nobody new has been heard for a while, or for as long as it may take. */
export class Listening {
  readonly #clock: Clock
  readonly #mostMs: number
  readonly #heard = new Set<string>()
  #startedAt = 0
  #firstAt: number | undefined
  #lastAt = 0
  #cancel: Cancel | undefined
  #onEnd: (() => void) | undefined

  /** Who hears nobody listens for `mostMs` milliseconds. */
  constructor(clock: Clock, mostMs: number) {
    this.#clock = clock
    this.#mostMs = mostMs
  }

  heard(instance: string): void {
    if (this.#heard.has(instance) || !this.#onEnd) return
    this.#heard.add(instance)
    this.#lastAt = this.#clock.elapsed()
    this.#firstAt ??= this.#lastAt
    this.#wait()
  }

  /** Resolves when it is over. */
  run(): Promise<void> {
    return new Promise(resolve => {
      this.#onEnd = resolve
      this.#startedAt = this.#clock.elapsed()
      this.#wait()
    })
  }

  /** It is over. */
  end(): void {
    this.#cancel?.()
    this.#onEnd?.()
    this.#onEnd = undefined
    this.#heard.clear()
  }

  #wait(): void {
    this.#cancel?.()
    this.#cancel = this.#clock.schedule(() => this.#judgeSoon(), Math.max(0, this.#leftMs), { keepAlive: true })
  }

  /** What has come in while this process had no processor is read before it counts as silence. */
  #judgeSoon(): void {
    setImmediate(() => {
      if (this.#leftMs <= 0) this.end()
      else if (this.#onEnd) this.#wait()
    })
  }

  get #leftMs(): number {
    let endsAt = this.#startedAt + this.#mostMs
    if (this.#firstAt !== undefined) {
      const silenceMs = Math.max(quietMs, patience * (this.#firstAt - this.#startedAt))
      endsAt = Math.min(endsAt, this.#lastAt + silenceMs)
    }
    return endsAt - this.#clock.elapsed()
  }
}
