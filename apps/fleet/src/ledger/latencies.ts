/** The latest of many durations: enough to say how they are spread, however long the fleet runs. */
export class Latencies {
  readonly #values: Float64Array
  #count = 0

  constructor(most = 65_536) {
    this.#values = new Float64Array(most)
  }

  add(ms: number): void {
    this.#values[this.#count++ % this.#values.length] = ms
  }

  /** The middle and the hundredth-highest; undefined when there are none. */
  percentiles(): { readonly p50: number; readonly p99: number } | undefined {
    const held = Math.min(this.#count, this.#values.length)
    if (held === 0) return undefined
    const sorted = this.#values.slice(0, held).sort()
    const at = (rank: number) => sorted[Math.ceil(held * rank) - 1] as number
    return { p50: at(0.5), p99: at(0.99) }
  }
}
