import type { Clock } from '@sm/core/transport'

/** Least time between two reports of one code, in milliseconds. */
const intervalMs = 1_000

/**
 * Tells faults that anyone on the network can cause: every one is counted, but of each code one a second is told, so that
 * nobody fills a disk with our log.
 */
export class FaultTeller {
  readonly #clock: Clock
  readonly #tell: (error: unknown) => void
  readonly #told = new Map<string, number>()
  #count = 0

  constructor(clock: Clock, tell: (error: unknown) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** All faults so far, told or not. */
  get count(): number {
    return this.#count
  }

  /** `make` makes the error if it is to be told. */
  fault(code: string, make: () => unknown): void {
    this.#count += 1
    const now = this.#clock.elapsed()
    const told = this.#told.get(code)
    if (told !== undefined && now - told < intervalMs) return
    this.#told.set(code, now)
    this.#tell(make())
  }
}
