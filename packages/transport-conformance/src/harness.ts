import type { MaybePromise, Transport, TransportContext } from '@sm/core/transport'

/** How to break and mend what is under a transport: its broker, its network, its directory of pipes. */
export interface WireFaults {
  /** Breaks the wire under every transport of this harness: connections end, and new ones fail. */
  cut(): MaybePromise<void>
  /** Undoes {@link WireFaults.cut}. What a real outage would lose may be lost. */
  restore(): MaybePromise<void>
  /** Half-open: connections stay as they are, but nothing passes any more. Without it FLT-03 is not run. */
  freeze?(): MaybePromise<void>
  /** Undoes {@link WireFaults.freeze}. */
  thaw?(): MaybePromise<void>
}

/** What the suite has to know of a transport to test it. */
export interface TransportHarness {
  /** Its name, and the heading of its column. */
  readonly name: string
  /**
   * Makes a transport that is idle, for one agent instance of one namespace. The suite starts and stops it. It may be a
   * proxy of one in another process: the suite holds it to nothing but the contract.
   */
  open(context: TransportContext): MaybePromise<Transport>
  /**
   * Brings up what the transport needs (a broker, a directory) before anything else is asked of the harness. Where it
   * throws, the suite is not run, for that reason.
   */
  setUp?(): MaybePromise<void>
  /** Takes down what {@link TransportHarness.setUp} brought up. Called after every suite, also when that failed. */
  tearDown?(): MaybePromise<void>
  /** Ends a transport as a crash would, without a farewell. Default: stop without a drain. */
  kill?(transport: Transport): MaybePromise<void>
  /** How to break what is under it. Leave it out only where there is nothing to break, or no way to. */
  readonly faults?: WireFaults
  /**
   * Rules that it breaks and says so, by id, with the reason. Such a rule is run all the same: where it fails as
   * declared, the result is `else`.
   */
  readonly deviations?: Readonly<Record<string, string>>
  /** Longest time for what must happen, in milliseconds. Default 10,000. */
  readonly deadlineMs?: number
  /** Grace for what must not happen, in milliseconds, after a marker has shown that the wire is through. Default 50. */
  readonly quietMs?: number
  /** Largest frame that the suite sends, in bytes: a transport with a higher limit is made with a lower one. Default 16 MiB. */
  readonly largestFrameBytes?: number
  /** Most publishes that the suite makes in search of one that has to wait for room. Default 2,000. */
  readonly fillFrames?: number
  /** Longest time of one case, in milliseconds. Default 60,000. */
  readonly caseTimeoutMs?: number
}

/** The numbers of a harness with every default filled in. */
export interface HarnessLimits {
  readonly deadlineMs: number
  readonly quietMs: number
  readonly largestFrameBytes: number
  readonly fillFrames: number
  readonly caseTimeoutMs: number
}

/** Fills in the defaults. */
export function limitsOf(harness: TransportHarness): HarnessLimits {
  const {
    deadlineMs = 10_000,
    quietMs = 50,
    largestFrameBytes = 16 * 1024 * 1024,
    fillFrames = 2_000,
    caseTimeoutMs = 60_000,
  } = harness
  return { deadlineMs, quietMs, largestFrameBytes, fillFrames, caseTimeoutMs }
}
