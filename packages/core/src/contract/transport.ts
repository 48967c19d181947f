import type { Clock, Ids, Logger, MaybePromise, Random, Unlisten } from '../kernel/index.ts'
import type { Address, AgentRef, Frame } from '../message/index.ts'
import type { Metrics } from '../telemetry/index.ts'
import type { CloseOptions, SignalOptions } from './call-options.ts'
import type { Capabilities, Evidence } from './capabilities.ts'
import type { DeadLetter, Delivery } from './delivery.ts'
import type { SubscriptionSpec, TransportSubscription } from './subscription.ts'

/**
 * Where a transport is in its life: `idle` → `starting` → `ready` ⇄ `degraded` → `stopping` → `stopped`.
 * `degraded` means that its wire, or a part of it, is gone and it is working to get it back.
 */
export type TransportState = 'idle' | 'starting' | 'ready' | 'degraded' | 'stopping' | 'stopped'

/** The facts of a publish when it resolves. */
export interface TransportReceipt {
  readonly evidence: Evidence
  /** How many groups were given a copy, where the transport can know. */
  readonly copies?: number | undefined
}

/** One way by which an address can be reached at this moment. */
export interface Route {
  /** The receiver at the other end: an agent instance, a group, or `broker` when only the broker knows. */
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

/** Events of a transport, with what comes along. */
export interface TransportEvents {
  /** Every change of state. `error` says why, when it was not asked for. */
  state: { readonly state: TransportState; readonly previous: TransportState; readonly error?: unknown }
  /** The answers of `routes()` may have changed. */
  routes: { readonly reason: string }
  /** An agent instance can be reached, or no longer. */
  peer: { readonly change: 'joined' | 'left'; readonly peer: Peer }
}

/**
 * Carries frames between agents. The rules on its members, on {@link Delivery} and on {@link TransportSubscription} bind every
 * implementation. Each has an id, a case in `@sm/transport-conformance` and, where a transport may declare that it does
 * otherwise, an *else* case.
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
 */
export interface Transport {
  readonly name: string
  /**
   * What it does and does not do.
   *
   * Capabilities
   * - CAP-01 Capabilities are complete, and do not change once the transport is ready.
   * - CAP-02 A publish at a delivery level that is not offered is refused with SM_CAPABILITY_MISSING.
   * - CAP-03 A durable subscription keeps frames while its members are away; a transport that is not durable refuses it with SM_CAPABILITY_MISSING.
   * - CAP-04 A receipt gives the evidence that the capabilities declare for its level, or none when nobody is subscribed.
   */
  readonly capabilities: Capabilities
  /**
   * Where it is in its life.
   *
   * Lifecycle
   * - LIFE-08 Every change of state is told by one state event, in order.
   */
  readonly state: TransportState
  /**
   * Throws `SM_TRANSPORT_STATE` after stop(), or a coded error that says what could not be reached.
   *
   * Lifecycle
   * - LIFE-01 A transport is idle until it is started, and ready when start() has resolved.
   * - LIFE-02 start() is idempotent, and concurrent calls share one start.
   * - LIFE-04 stop() before start() resolves, and the transport cannot be started afterwards.
   * - LIFE-05 publish() and subscribe() before start() are refused with SM_TRANSPORT_STATE.
   * - LIFE-07 start() with an aborted signal rejects with its reason and leaves nothing open.
   *
   * Presence
   * - PEER-01 A start knows who is there: what is published right after it reaches who was subscribed before.
   */
  start(options?: SignalOptions): Promise<void>
  /**
   * Hands a frame to the wire. It waits while there is no room. A failure is a coded error; its `details.outcome` is
   * `failed` when no one can have got the frame and `unknown` when someone may have.
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
   * - DEL-11 A topic without subscribers is no error: publish resolves.
   * - DEL-12 A frame to an inbox that nobody has is refused with SM_ROUTE_NONE, unless a durable transport keeps it.
   *
   * Order and duplicates
   * - ORD-01 Frames of one sender arrive in the order of their publishing; where no order is declared, all arrive.
   * - ORD-02 Frames of several senders arrive in the order of each.
   * - ORD-03 Without faults no frame arrives twice.
   * - ORD-04 Each group of a topic sees the order of the sender.
   * - ORD-05 Frames with one key go to one member of a group while its members stay the same, where that is declared.
   *
   * Flow
   * - FLOW-03 A publish that waits for room ends with the reason of its signal when that aborts.
   * - FLOW-07 A publish at least once that finds a full queue waits, and resolves once there is room.
   */
  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt>
  /**
   * Asks of each publish at least once that is under way whether to end it here, since another transport could take it over. Where
   * `choose` says yes, the publish rejects at once with `SM_PUBLISH_RECALLED`, and nothing more of it leaves; `mayHaveLeft` says
   * whether it may have reached someone, and `details.outcome` of the error says the same. Others go on. Absent where a publish
   * cannot be ended but by its signal.
   *
   * Flow
   * - FLOW-08 A publish that is recalled before it has left ends as failed and is never delivered; one that may have left is said so, and goes on unless it is chosen.
   */
  recall?(choose: (frame: Frame, mayHaveLeft: boolean) => boolean): void
  /**
   * `onDelivery` is called with one delivery at a time, must not throw, and settles it then or later.
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
   * - DEL-14 Two subscriptions of one group with different patterns each get their own copy.
   * - DEL-15 A closed subscription gets nothing more.
   * - DEL-16 Both delivery levels that are offered reach the same subscription.
   *
   * Flow
   * - FLOW-01 A consumer never holds more unsettled deliveries than its prefetch.
   * - FLOW-02 A slow consumer loses nothing that was published at least once, and what is in flight stays bounded.
   * - FLOW-04 A consumer that settles nothing holds up only its own frames.
   * - FLOW-05 Settling makes room: the next frame arrives without another publish.
   * - FLOW-06 A thousand subscriptions opened and closed leave nothing behind.
   */
  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription
  /**
   * What can be reached now, by evidence. Answers from memory, at once.
   *
   * Delivery
   * - DEL-13 routes() names an inbox while it is subscribed, and a routes event tells of the change.
   *
   * Presence
   * - PEER-02 Who has stopped or died is gone: its inbox is named no more, and a frame to it at most once is refused with SM_ROUTE_NONE.
   */
  routes(address: Address): readonly Route[]
  /**
   * Of a transport that only publishes: whether it wants copies of messages of this type. It answers from memory, at once, and tells by
   * a `routes` event when its answers change. Without it, it gets a copy of every message. It is never asked for the library's own.
   */
  wants?(type: string): boolean
  /**
   * Its state and the facts behind it.
   *
   * Lifecycle
   * - LIFE-09 health() answers in every state and never throws.
   */
  health(): MaybePromise<TransportHealth>
  /** Frames that were given up and are kept in this process, oldest first. Absent where a broker keeps them. */
  deadLetters?(): readonly DeadLetter[]
  /**
   * Closes every subscription as {@link TransportSubscription.close} does, then the wire.
   *
   * Lifecycle
   * - LIFE-03 stop() is idempotent, concurrent calls share one stop, and the transport is stopped when it has resolved.
   * - LIFE-06 publish() and subscribe() after stop() are refused with SM_TRANSPORT_STATE.
   *
   * Shutdown
   * - SHUT-06 After stop() nothing is delivered any more.
   */
  stop(options?: CloseOptions): Promise<void>
  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void): Unlisten
}

/** The context that core gives a transport: the agent it works for, and where time, chance and words come from. */
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
