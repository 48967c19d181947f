import type { Cancel, Clock } from '../kernel/index.ts'

/** How soon peers without a card are asked for it, in milliseconds, and how long none of them is asked again. */
const soonMs = 1_000
const againMs = 2_000
/** Most instances of which it is remembered when they were asked. */
const maxAsked = 1_000

/** Asks instances for their cards that are known without one, or with an old one. */
export class CardPulls {
  readonly #deps: CardPullsDeps
  readonly #askedAt = new Map<string, number>()
  #timer: Cancel | undefined

  constructor(deps: CardPullsDeps) {
    this.#deps = deps
  }

  /** Asks one, unless that has been done lately. */
  want(instance: string): void {
    const now = this.#deps.clock.elapsed()
    const askedAt = this.#askedAt.get(instance)
    if (askedAt !== undefined && now < askedAt + againMs) return
    if (this.#askedAt.size === maxAsked) this.#askedAt.clear()
    this.#askedAt.set(instance, now)
    this.#deps.ask(instance)
  }

  /** Somebody has come: asks in a while all who have said nothing by themselves, until nobody is left. */
  soon(): void {
    this.#timer ??= this.#deps.clock.schedule(() => this.#pull(), soonMs)
  }

  close(): void {
    this.#timer?.()
  }

  #pull(): void {
    const missing = this.#deps.missing()
    for (const instance of missing) this.want(instance)
    this.#timer = missing.length > 0 ? this.#deps.clock.schedule(() => this.#pull(), againMs) : undefined
  }
}

export interface CardPullsDeps {
  readonly clock: Clock
  /** The instances that are there and have no card. */
  readonly missing: () => readonly string[]
  readonly ask: (instance: string) => void
}
