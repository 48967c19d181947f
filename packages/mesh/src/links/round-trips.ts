import type { Clock } from '@sm/core/transport'

/** The delays of a link, from pings and their answers. */
export interface RoundTrip {
  /** There and back, in milliseconds: the shortest of late. */
  readonly rttMs: number
  /**
   * How far the peer's clock is ahead of this side's, in milliseconds; at most half of `rttMs` and 1 ms off. Undefined where the
   * peer does not tell its time.
   */
  readonly clockOffsetMs: number | undefined
}

/** Of so many samples the shortest counts: the others waited somewhere on their way. */
const kept = 8

/** Measures a link by the pings that go over it. */
export class RoundTrips {
  readonly #clock: Clock
  readonly #sentAt = new Map<number, number>()
  readonly #samples: RoundTrip[] = []
  #sampledAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A ping has been written. */
  asked(number: number): void {
    // Of signs of life, which share a number, the first that is under way is the one that is answered first.
    if (!this.#sentAt.has(number)) this.#sentAt.set(number, this.#clock.elapsed())
  }

  /** Its answer has come. */
  answered(number: number, peerTime: number | undefined): void {
    const sentAt = this.#sentAt.get(number)
    if (sentAt === undefined) return
    this.#sentAt.delete(number)
    this.#sampledAt = this.#clock.elapsed()
    const rttMs = this.#sampledAt - sentAt
    const clockOffsetMs = peerTime === undefined ? undefined : peerTime - (this.#clock.now() - rttMs / 2)
    this.#samples.push({ rttMs, clockOffsetMs })
    if (this.#samples.length > kept) this.#samples.shift()
  }

  /** How long ago the last answer came, in milliseconds. */
  get ageMs(): number {
    return this.#clock.elapsed() - this.#sampledAt
  }

  /** Undefined before the first answer. */
  get best(): RoundTrip | undefined {
    const shortest = Math.min(...this.#samples.map(({ rttMs }) => rttMs))
    return this.#samples.find(({ rttMs }) => rttMs === shortest)
  }
}
