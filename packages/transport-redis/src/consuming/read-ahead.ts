/** Handlers that are done with half of their prefetch this soon are kept supplied, in milliseconds. */
const quickMs = 20

/** Handlers that take this long are not. */
const slowMs = 100

/** Most frames that are read before there is room for them. */
const most = 512

/** With less, users want each frame to go to whoever is free. */
const leastPrefetch = 32

/**
 * How many frames to read before there is room for them. While handlers are quick, the way to the server and back is what
 * they wait for; while they are slow, other members may be free.
 */
export class ReadAhead {
  #frames = 0
  #since: number | undefined

  get frames(): number {
    return this.#frames
  }

  /** Frames have come, so many of them. */
  began(count: number, prefetch: number, now: number): void {
    if (prefetch >= leastPrefetch && count >= prefetch / 2) this.#since ??= now
  }

  /** All that was read is in the hands of handlers, who have this much room again. */
  done(room: number, prefetch: number, now: number): void {
    if (this.#since === undefined || room < prefetch / 2) return
    const took = now - this.#since
    this.#since = undefined
    if (took <= quickMs) this.#frames = Math.min(most, Math.max(prefetch, this.#frames * 2))
    else if (took > slowMs) this.#frames = 0
  }

  /** Entries that were read and could not be handed over in time. */
  stop(): void {
    this.#frames = 0
    this.#since = undefined
  }
}
