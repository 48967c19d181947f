/** The kinds of faults that a simulation knows. */
export const faultKinds = [
  'crash',
  'power-loss',
  'restart',
  'partition',
  'half-open',
  'cut',
  'disturbance',
  'clock-jump',
  'broker-crash',
  'broker-wipe',
] as const

/**
 * A kind of fault.
 *
 * - `crash`: a process is killed, and started again. Its host closes its connections.
 * - `power-loss`: a host goes away with its process, which tells nobody, and both come back.
 * - `restart`: a process finishes what it has taken on, leaves, and is started again.
 * - `partition`: nothing passes between some hosts and the others.
 * - `half-open`: nothing passes from some hosts to the others; the way back is open.
 * - `cut`: connections of some hosts are reset, with what is under way.
 * - `disturbance`: messages from and to some hosts are lost, come twice, late, and in another order.
 * - `clock-jump`: the wall clock of a host is set forward or back.
 * - `broker-crash`: a server is killed, and comes back with what it had stored.
 * - `broker-wipe`: a server is killed, and comes back without its data.
 */
export type FaultKind = (typeof faultKinds)[number]

/** A fault of a plan. All times are milliseconds since the beginning of the run. */
export interface Fault {
  readonly kind: FaultKind
  readonly at: number
  /** When it is over, or began to be mended. */
  readonly endsAt: number
  /** The hosts that it strikes. */
  readonly hosts: readonly string[]
  /** How bad it is, 0 to 1. */
  readonly severity: number
}

/** Which faults a plan may have. */
export interface FaultOptions {
  /** Default: all but `broker-wipe`, which no promise of a wire survives. */
  readonly kinds?: readonly FaultKind[]
  /**
   * The hosts that they strike. `shop-0` is that of the first instance of `shop`, `bus-broker` that of the server of the wire `bus`.
   * Default: all.
   */
  readonly hosts?: readonly string[]
  /** How many there are. Default 6. */
  readonly count?: number
  /** When the first may begin, in milliseconds. Default 3,000. */
  readonly fromMs?: number
  /** When all are over, in milliseconds. Default 12,000. */
  readonly untilMs?: number
  /** How long one lasts at most, in milliseconds. Default 5,000. */
  readonly maxMs?: number
}

/** Names of {@link FaultOptions}, for checks. */
export const faultOptionNames: { readonly [Name in keyof Required<FaultOptions>]: true } = {
  ...{ kinds: true, hosts: true, count: true, fromMs: true, untilMs: true, maxMs: true },
}
