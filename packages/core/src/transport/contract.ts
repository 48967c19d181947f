import type { Clock, Ids, Logger, MaybePromise, Random, Unlisten } from '../kernel/index.ts'
import type { Address, AgentRef, Frame, InboxAddress } from '../message/index.ts'
import type { Metrics } from '../telemetry/index.ts'
import type { Capabilities, Evidence } from './capabilities.ts'
import type { DeadLetter, RejectReason } from './dead-letters.ts'

/**
 * The version of this contract, `major.minor`. A plugin states the one it was built for: the same major, and a minor
 * not above core's, is admitted.
 */
export const contractVersion = '1.0'

/**
 * Where a transport is in its life: `idle` → `starting` → `ready` ⇄ `degraded` → `stopping` → `stopped`.
 * `degraded` means that its wire, or a part of it, is gone and it is working to get it back.
 */
export type TransportState = 'idle' | 'starting' | 'ready' | 'degraded' | 'stopping' | 'stopped'

/** What is known when a publish resolves. */
export interface TransportReceipt {
  readonly evidence: Evidence
  /** How many groups were given a copy, where the transport can know. */
  readonly copies?: number
}

/** Which frames a consumer wants, and with whom it shares them. A subscription is one by its target and its group. */
export interface SubscriptionSpec {
  /** An inbox, or every topic that fits a pattern. */
  readonly target: InboxAddress | { readonly kind: 'pattern'; readonly pattern: string }
  /** Consumers with one target and one group share: one member gets each frame. */
  readonly group: string
  /** Most deliveries that this consumer holds unsettled. */
  readonly prefetch: number
  /** Keeps frames while all members of the group are away. Refused where the transport cannot. */
  readonly durable: boolean
}

/** How a frame goes back. */
export interface NackOptions {
  /** How long from now it comes back at the earliest, in milliseconds. Default 0. */
  readonly delayMs?: number
  /** False when no handler began: the attempt does not grow, where the transport keeps that count itself. Default true. */
  readonly begun?: boolean
}

/** One frame, handed to one consumer, to be settled once. */
export interface Delivery {
  readonly frame: Frame
  /** 1 for the first time this group gets the frame, one more for each redelivery, as far as the transport can count. */
  readonly attempt: number
  /**
   * How long ago the frame was published, in milliseconds, where the wire can tell without trusting that the clocks of both
   * sides agree. Without it, `header.time` and the clock of this side are compared.
   */
  readonly ageMs?: number | undefined
  /**
   * A handler is about to begin. Counts one more try of this frame by this group, where that count survives the process, and
   * tells how many have been counted. Absent where the wire keeps no such count: then a process that dies in the middle of
   * a try leaves no trace of it.
   */
  readonly begin?: (() => MaybePromise<number>) | undefined
  /** The handler is done: never deliver it again. */
  ack(): void
  /** Not done: deliver it again, to this member or another. */
  nack(options?: NackOptions): void
  /** Never to be done: do not deliver it again, and keep it as a dead letter where the transport can. */
  reject(reason: RejectReason): void
}

/** How to close a subscription, or to stop a transport. */
export interface CloseOptions {
  /**
   * True: take on nothing new, and let what was delivered be settled; what was accepted for this group and can go to
   * nobody else is still delivered. False (default): hand back at once whatever is unsettled.
   */
  readonly drain?: boolean
  /** Ends the drain early: the rest is handed back. */
  readonly signal?: AbortSignal
}

/** A consumer of frames. */
export interface TransportSubscription {
  /** Resolves once frames published anywhere from now on will reach it; rejects with a coded error if that fails. */
  readonly ready: Promise<void>
  /** Idempotent. Resolves once no delivery of it is unsettled. */
  close(options?: CloseOptions): Promise<void>
}

/** One way by which an address can be reached at this moment. */
export interface Route {
  /** Who is at the other end: an agent instance, a group, or `broker` when only the broker knows. */
  readonly via: string
  /**
   * How this is known: `subscribed` here or told by the peer, `heard` from it, `kept` by a durable broker; `unknown` where only
   * the broker can tell, once something is published.
   */
  readonly evidence: 'subscribed' | 'heard' | 'kept' | 'unknown'
}

/** The state of a transport and its parts. */
export interface TransportHealth {
  readonly state: TransportState
  /** Facts for people and dashboards: counts of links, queued frames, reconnects. Never a secret. */
  readonly details: Readonly<Record<string, number | string | boolean>>
}

/** An agent instance that a transport knows of. */
export interface Peer extends AgentRef {
  readonly instance: string
  /** Same for all processes of one machine. */
  readonly hostId?: string
  readonly processId?: number
}

/** What a transport tells by itself, with what comes along. */
export interface TransportEvents {
  /** Every change of state. `error` says why, when it was not asked for. */
  state: { readonly state: TransportState; readonly previous: TransportState; readonly error?: unknown }
  /** What `routes()` answers may have changed. */
  routes: { readonly reason: string }
  /** An agent instance can be reached, or no longer. */
  peer: { readonly change: 'joined' | 'left'; readonly peer: Peer }
}

/** What every call that may take a while takes. */
export interface SignalOptions {
  readonly signal?: AbortSignal
}

/**
 * Carries frames between agents. What follows are the obligations of every implementation; each has an id, a case in
 * `@sm/transport-conformance` and, where a transport may declare that it does otherwise, an *else* case.
 *
 * Lifecycle
 * - LIFE-01 A transport is idle until it is started, and ready when start() has resolved.
 * - LIFE-02 start() is idempotent, and concurrent calls share one start.
 * - LIFE-03 stop() is idempotent, concurrent calls share one stop, and the transport is stopped when it has resolved.
 * - LIFE-04 stop() before start() resolves, and the transport cannot be started afterwards.
 * - LIFE-05 publish() and subscribe() before start() are refused with SM_TRANSPORT_STATE.
 * - LIFE-06 publish() and subscribe() after stop() are refused with SM_TRANSPORT_STATE.
 * - LIFE-07 start() with an aborted signal rejects with its reason and leaves nothing open.
 * - LIFE-08 Every change of state is told by one state event, in order.
 * - LIFE-09 health() answers in every state and never throws.
 *
 * Capabilities
 * - CAP-01 Capabilities are complete, and do not change once the transport is ready.
 * - CAP-02 A publish at a delivery level that is not offered is refused with SM_CAPABILITY_MISSING.
 * - CAP-03 A durable subscription keeps frames while its members are away; a transport that is not durable refuses it with SM_CAPABILITY_MISSING.
 * - CAP-04 A receipt gives the evidence that the capabilities declare for its level, or none when nobody is subscribed.
 *
 * Fidelity
 * - FID-01 Every attribute of a header arrives as it was sent.
 * - FID-02 A JSON payload arrives equal, whatever its shape.
 * - FID-03 A payload of bytes arrives byte for byte.
 * - FID-04 Empty payloads arrive: an empty text, an empty list, no bytes.
 * - FID-05 A frame as large as maxFrameBytes allows arrives whole.
 * - FID-06 A frame above maxFrameBytes is refused with SM_FRAME_TOO_LARGE, and nothing of it arrives.
 * - FID-07 Unicode survives in payloads and in header extensions.
 * - FID-08 Extensions that no one here knows are kept.
 * - FID-09 A body is encoded at most once, however many receive it.
 *
 * Delivery
 * - DEL-01 A frame to an agent's inbox reaches that agent and no other.
 * - DEL-02 A frame to an instance's inbox reaches that instance and no other.
 * - DEL-03 A frame on a topic reaches every group that subscribes to it, once.
 * - DEL-04 Within a group one member gets each frame.
 * - DEL-05 Members of a group share the load: none stays idle while frames flow.
 * - DEL-06 A star in a pattern stands for exactly one segment.
 * - DEL-07 A hash in a pattern stands for any number of segments, also none.
 * - DEL-08 A frame on another topic does not arrive.
 * - DEL-09 Nothing crosses from one namespace into another.
 * - DEL-10 A late subscriber gets what is published after it was ready, and nothing from before.
 * - DEL-11 A topic without subscribers is no error: publish resolves.
 * - DEL-12 A frame to an inbox that nobody has is refused with SM_ROUTE_NONE, unless a durable transport keeps it.
 * - DEL-13 routes() names an inbox while it is subscribed, and a routes event tells of the change.
 * - DEL-14 Two subscriptions of one group with different patterns each get their own copy.
 * - DEL-15 A closed subscription gets nothing more.
 * - DEL-16 Both delivery levels that are offered reach the same subscription.
 *
 * Presence
 * - PEER-01 A start knows who is there: what is published right after it reaches who was subscribed before.
 * - PEER-02 Who has stopped or died is gone: its inbox is named no more, and a frame to it at most once is refused with SM_ROUTE_NONE.
 *
 * Acknowledgement
 * - ACK-01 An acked frame is not delivered again.
 * - ACK-02 A nacked frame is delivered again, under the same id.
 * - ACK-03 The attempt counts from 1 and grows by one with each redelivery after a try that began.
 * - ACK-04 Settling twice is harmless, and the first call wins.
 * - ACK-05 What a member held unsettled when it went away is delivered to another member.
 * - ACK-06 A nacked frame with a delay does not come back before it; where delays are not offered, it comes back all the same.
 * - ACK-07 A frame that is nacked again and again keeps no other frame from its handler.
 * - ACK-08 A rejected frame is not delivered again.
 * - ACK-09 An at-most-once frame is never delivered again, whatever its settlement.
 * - ACK-10 A rejected frame is kept as a dead letter, once and with its reason, where dead letters are declared.
 * - ACK-11 Dead letters stay within their bound: the oldest make room.
 *
 * Order and duplicates
 * - ORD-01 Frames of one sender arrive in the order of their publishing; where no order is declared, all arrive.
 * - ORD-02 Frames of several senders arrive in the order of each.
 * - ORD-03 Without faults no frame arrives twice.
 * - ORD-04 Each group of a topic sees the order of the sender.
 * - ORD-05 Frames with one key go to one member of a group while its members stay the same, where that is declared.
 *
 * Flow
 * - FLOW-01 A consumer never holds more unsettled deliveries than its prefetch.
 * - FLOW-02 A slow consumer loses nothing that was published at least once, and what is in flight stays bounded.
 * - FLOW-03 A publish that waits for room ends with the reason of its signal when that aborts.
 * - FLOW-04 A consumer that settles nothing holds up only its own frames.
 * - FLOW-05 Settling makes room: the next frame arrives without another publish.
 * - FLOW-06 A thousand subscriptions opened and closed leave nothing behind.
 * - FLOW-07 A publish at least once that finds a full queue waits, and resolves once there is room.
 *
 * Requests
 * - REQ-01 A reply reaches the instance that asked, and no other.
 * - REQ-02 Many requests at once each get their own reply.
 * - REQ-03 A timeout ends the request with SM_REQUEST_TIMEOUT and aborts the signal of the remote handler.
 * - REQ-04 An error of the remote handler arrives with its code.
 *
 * Agents over every transport
 * - CORE-01 A message whose time has passed is not handed to a handler.
 * - CORE-02 A message that arrives again is not handled again.
 * - CORE-03 Messages of one key are handled one after the other, in the order of their arrival.
 * - CORE-04 A message whose handler fails is tried as often as its subscription says, and then given up.
 * - CORE-05 A reply that comes too late is counted, and taken for no other.
 *
 * Faults
 * - FLT-01 When the wire is cut under load and comes back, nothing that was acknowledged is lost.
 * - FLT-02 Subscriptions come back by themselves after a cut.
 * - FLT-03 A connection that looks open but is dead is noticed.
 * - FLT-04 A publish that a cut interrupts ends as done, failed or unknown; it does not hang.
 * - FLT-05 The state is degraded while the wire is gone, and ready again after.
 * - FLT-06 What a wire loses in the middle of a connection is noticed: nothing that was published at least once is missing.
 * - FLT-07 A publish that is repeated after a cut is appended once: no frame is delivered twice as new.
 *
 * Shutdown
 * - SHUT-01 A draining close waits until what was delivered is settled.
 * - SHUT-02 A draining close takes on nothing new.
 * - SHUT-03 What was accepted at least once before a draining close is handled, here or by another member.
 * - SHUT-04 A close without drain hands back what is unsettled, and later settling of it is ignored.
 * - SHUT-05 A drain ends when its signal aborts.
 * - SHUT-06 After stop() nothing is delivered any more.
 */
export interface Transport {
  readonly name: string
  readonly capabilities: Capabilities
  readonly state: TransportState
  /** Throws `SM_TRANSPORT_STATE` after stop(), or a coded error that says what could not be reached. */
  start(options?: SignalOptions): Promise<void>
  /**
   * Hands a frame to the wire. It waits while there is no room. A failure is a coded error; its `details.outcome` is
   * `failed` when no one can have got the frame and `unknown` when someone may have.
   */
  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt>
  /** `onDelivery` is called with one delivery at a time, must not throw, and settles it then or later. */
  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription
  /** What can be reached now, by evidence. Answers from memory, at once. */
  routes(address: Address): readonly Route[]
  health(): MaybePromise<TransportHealth>
  /** What was given up and is kept in this process, oldest first. Absent where a broker keeps it. */
  deadLetters?(): readonly DeadLetter[]
  /** Closes every subscription as {@link TransportSubscription.close} does, then the wire. */
  stop(options?: CloseOptions): Promise<void>
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void): Unlisten
}

/** What core gives a transport: who it works for, and where time, chance and words come from. */
export interface TransportContext {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Whether a failed publish can have reached anyone. */
export function publishOutcome(error: unknown): 'failed' | 'unknown' {
  const { details } = error as { details?: { outcome?: unknown } }
  return details?.outcome === 'failed' ? 'failed' : 'unknown'
}
