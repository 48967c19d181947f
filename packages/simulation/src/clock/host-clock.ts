import type { Cancel, Clock } from '@sm/core/transport'

/** How the clock of a host differs from the time of the world. */
export interface Skew {
  /** How far its wall clock is ahead, in milliseconds; negative where it is behind. */
  readonly offsetMs: number
  /** How much faster it goes, in millionths; negative where it is slower. */
  readonly driftPpm: number
}

/** The clock of one host. Its wall clock can be set; intervals only drift. */
export class HostClock implements Clock {
  readonly #world: Clock
  readonly #rate: number
  #offsetMs: number

  constructor(world: Clock, { offsetMs, driftPpm }: Skew) {
    this.#world = world
    this.#offsetMs = offsetMs
    this.#rate = 1 + driftPpm / 1_000_000
  }

  /** Sets the wall clock forward by `ms`, or back where that is negative. */
  setWall(ms: number): void {
    this.#offsetMs += ms
  }

  now(): number {
    const start = this.#world.now() - this.#world.elapsed()
    return Math.floor(start + this.elapsed() + this.#offsetMs)
  }

  elapsed(): number {
    return this.#world.elapsed() * this.#rate
  }

  schedule(callback: () => void, delayMs: number): Cancel {
    return this.#world.schedule(callback, Math.max(0, delayMs) / this.#rate)
  }
}
