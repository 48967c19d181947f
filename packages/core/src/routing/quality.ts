/** Bounds of what a transport may be like before others are taken first. */
export interface QualitySettings {
  /** Longest acknowledgement on average, in milliseconds. */
  readonly slowMs: number
  /** How long it is left for others, in milliseconds, the first time; it doubles each time that it turns out poor again soon. */
  readonly cooldownMs: number
}

/** Weight of the newest message in the moving averages. */
const weight = 0.1
/** Messages after which an average says something. */
const enough = 10
/** Share of refused messages that is too much. */
const maxRefused = 0.2
/** Longest time for which it is left, in milliseconds. */
const maxCooldownMs = 60_000

/**
 * How well a transport has done lately: moving averages of the time to an acknowledgement and of the share that was refused. Once it
 * is poor it stays so for a while, and longer each time: a wire that is now good and now bad is not gone back and forth to.
 */
export class Quality {
  readonly #settings: QualitySettings
  #count = 0
  #roundTripMs: number | undefined
  #refused = 0
  #poor: string | undefined
  #until = Number.NEGATIVE_INFINITY
  #cooldownMs: number

  constructor(settings: QualitySettings) {
    this.#settings = settings
    this.#cooldownMs = settings.cooldownMs
  }

  /** How long an acknowledgement takes on average, in milliseconds, where that was measured. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs
  }

  /** When it is no longer poor, by the clock of its caller. */
  get until(): number {
    return this.#until
  }

  /** Why others are taken first, in words; undefined where nothing is wrong. */
  poor(now: number): string | undefined {
    return now < this.#until ? this.#poor : undefined
  }

  /** A message was acknowledged, so long after it was sent. Returns whether the transport is poor since now. */
  acknowledged(tookMs: number, now: number): boolean {
    this.#roundTripMs = this.#roundTripMs === undefined ? tookMs : average(this.#roundTripMs, tookMs)
    this.#refused = average(this.#refused, 0)
    return this.#judge(now)
  }

  /** A message was refused. Returns whether the transport is poor since now. */
  refused(now: number): boolean {
    this.#refused = average(this.#refused, 1)
    return this.#judge(now)
  }

  #judge(now: number): boolean {
    this.#count += 1
    const { slowMs, cooldownMs } = this.#settings
    if (this.#count < enough || now < this.#until) return false
    const isSlow = (this.#roundTripMs ?? 0) > slowMs
    if (!isSlow && this.#refused <= maxRefused) return false
    this.#poor = isSlow
      ? `it takes ${Math.round(this.#roundTripMs as number)} ms to acknowledge`
      : `it refuses ${Math.round(this.#refused * 100)} % of what it gets`
    const isSoon = now < this.#until + 2 * this.#cooldownMs
    this.#cooldownMs = isSoon ? Math.min(2 * this.#cooldownMs, maxCooldownMs) : cooldownMs
    this.#until = now + this.#cooldownMs
    // It begins anew: what was measured before says little of what comes after.
    this.#count = 0
    this.#refused = 0
    this.#roundTripMs = undefined
    return true
  }
}

function average(before: number, value: number): number {
  return before + weight * (value - before)
}
