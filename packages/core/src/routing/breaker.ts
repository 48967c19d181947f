/** Times of breakers, in milliseconds, and how much they bear. */
export interface BreakerSettings {
  /** How many publishes in a row must fail. */
  readonly failures: number
  /** How long an open breaker lets nothing through, the first time; it doubles with each probe that fails. */
  readonly cooldownMs: number
}

/** Where a breaker is: `closed` lets all through, `open` nothing, `half-open` one publish as a probe. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** Longest time that a breaker stays open without a probe, in milliseconds. */
const maxCooldownMs = 30_000

/**
 * Keeps publishes off a wire that does not take them. It opens on failures alone. A success ends it, and whoever has it forgets
 * it then; time only lets a probe through, which is a publish like any other.
 */
export class Breaker {
  readonly #settings: BreakerSettings
  /** In a row. */
  #failures = 0
  #probeAt: number | undefined
  #cooldownMs: number
  #isProbing = false

  constructor(settings: BreakerSettings) {
    this.#settings = settings
    this.#cooldownMs = settings.cooldownMs
  }

  /** When the next probe may go, by `Clock.elapsed`. Undefined while it is closed. */
  get probeAt(): number | undefined {
    return this.#probeAt
  }

  state(now: number): BreakerState {
    if (this.#probeAt === undefined) return 'closed'
    return now < this.#probeAt ? 'open' : 'half-open'
  }

  /** Whether a publish might go now. */
  isPassable(now: number): boolean {
    const state = this.state(now)
    return state === 'closed' || (state === 'half-open' && !this.#isProbing)
  }

  /** Whether a publish may go now. Of those that ask while it is half open, one may, until its end is told. */
  admits(now: number): boolean {
    if (!this.isPassable(now)) return false
    this.#isProbing = this.state(now) === 'half-open'
    return true
  }

  /** A publish was not taken. */
  failed(now: number): void {
    this.#failures += 1
    if (this.#isProbing || this.#failures >= this.#settings.failures) this.trip(now)
  }

  /** Nothing is taken any more: it opens at once. */
  trip(now: number): void {
    if (this.#isProbing) this.#cooldownMs = Math.min(2 * this.#cooldownMs, maxCooldownMs)
    else if (this.state(now) === 'open') return
    this.#isProbing = false
    this.#probeAt = now + this.#cooldownMs
  }

  /** A probe ended without an answer of the wire, since its caller gave up: another may go. */
  withdrawn(): void {
    this.#isProbing = false
  }
}
