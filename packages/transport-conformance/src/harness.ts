import type { MaybePromise, Transport, TransportContext } from '@sm/core/transport'

/** How to break and mend what is under a transport: its broker, its network, its directory of pipes. */
export interface WireFaults {
  /**
   * `process` where they reach the transports of this process alone, as a driver that breaks its own connections does: where
   * each peer has a process of its own they are called in each, and a freeze stops processes. Default: `all`, wherever
   * transports run.
   */
  readonly scope?: 'process' | 'all'
  /** Breaks the wire under every transport of this harness: connections end, and new ones fail. */
  cut(): MaybePromise<void>
  /** Undoes {@link WireFaults.cut}. What a real outage would lose may be lost. */
  restore(): MaybePromise<void>
  /** Half-open: connections stay as they are, but nothing passes any more. Without it FLT-03 is not run. */
  freeze?(): MaybePromise<void>
  /** Undoes {@link WireFaults.freeze}. */
  thaw?(): MaybePromise<void>
  /**
   * Loses one piece of what is on its way next, and nothing else: connections stay as they are. Leave it out where a
   * connection ends rather than lose a piece, as TCP does.
   */
  lose?(): MaybePromise<void>
}

/** A dead letter, as the suite looks at it. */
export interface SeenDeadLetter {
  /** The id of the frame. */
  readonly id: string
  /** The code of the reason. */
  readonly code: string
}

/** The dead letters of a transport that keeps some. */
export interface DeadLetterAccess {
  /** Dead letters of a namespace, the oldest first. Default: what `deadLetters()` of the transport lists. */
  list?(namespace: string): MaybePromise<readonly SeenDeadLetter[]>
  /** Most that there ever are: the bound that the harness gives to its transports, and what more it lets through. */
  readonly most: number
}

/**
 * The facts of a transport that the suite needs to test it. `Setting` is what {@link TransportHarness.setUp} gives to every
 * {@link TransportHarness.open}: where the broker is, which directory to meet in.
 */
export interface TransportHarness<Setting = void> {
  /** Its name, and the heading of its column. */
  readonly name: string
  /**
   * Makes a transport that is idle, for one agent instance of one namespace. The suite starts and stops it. It may be a
   * proxy of one in another process: the suite holds it to nothing but the contract. `setting` is what
   * {@link TransportHarness.setUp} has given, perhaps in another process.
   */
  open(context: TransportContext, setting: Setting): MaybePromise<Transport>
  /**
   * Brings up what the transport needs (a broker, a directory) before anything else is asked of the harness, and says where
   * it is. Where it throws, the suite is not run, for that reason.
   */
  setUp?(): MaybePromise<Setting>
  /** Takes down what {@link TransportHarness.setUp} brought up. Called after every suite, also when that failed. */
  tearDown?(): MaybePromise<void>
  /** Ends a transport as a crash would, without a farewell. Default: stop without a drain. */
  kill?(transport: Transport): MaybePromise<void>
  /** How to break what is under it. Leave it out only where there is nothing to break, or no way to. */
  readonly faults?: WireFaults
  /** How to look at its dead letters, and how many it keeps. Without it ACK-11 is not run. */
  readonly deadLetters?: DeadLetterAccess
  /**
   * Rules that it breaks and says so, by id, with the reason. Such a rule is run all the same: where it fails as
   * declared, the result is `else`.
   */
  readonly deviations?: Readonly<Record<string, string>>
  /**
   * Whether its broker may hand out a frame once more, uncounted, that it has just redelivered. Default false: what is nacked
   * comes back once (SHUT-04).
   */
  readonly repeatsRedelivered?: boolean
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

/** Brings up what a harness needs. Resolves with one whose transports are made with what that gave. */
export async function setUp(harness: TransportHarness<unknown>): Promise<TransportHarness> {
  const setting = await harness.setUp?.()
  const open: TransportHarness['open'] = context => harness.open(context, setting)
  return Object.assign(Object.create(harness) as TransportHarness, { open })
}

/** Fills in the defaults. */
export function limitsOf(harness: TransportHarness<unknown>): HarnessLimits {
  const {
    deadlineMs = 10_000,
    quietMs = 50,
    largestFrameBytes = 16 * 1024 * 1024,
    fillFrames = 2_000,
    caseTimeoutMs = 60_000,
  } = harness
  return { deadlineMs, quietMs, largestFrameBytes, fillFrames, caseTimeoutMs }
}
