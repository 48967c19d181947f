/** Where the time of one subject went. */
export interface Profile {
  readonly title: string
  /** Under the profiler, which costs something itself. */
  readonly opsPerSecond: number
  readonly hottest: readonly Hotspot[]
}

/** A function and the time spent in it alone, not in what it calls. */
export interface Hotspot {
  readonly where: string
  /** Part of the whole, 0 … 1. */
  readonly part: number
  readonly nsPerOp: number
  /** The part with what it calls. */
  readonly totalPart: number
}
