import type { Capabilities, Delivery, Frame, Settlement, SubscriptionSpec, TransportHealth } from '@sm/core/transport'
import type { PendingPublish } from './publishing/pending-publish.ts'

/** Events that a driver reports to its transport. */
export interface BrokerHost {
  /** The connection is back, and with it the topology and every consumption. */
  up(): void
  /** The connection is gone. Every publish under way must have `failed` with `SM_BROKER_LOST`. */
  down(error: unknown): void
  /** Something is wrong that ends nothing: an event that cannot be read, a frame that had to be dropped. */
  fault(error: unknown): void
  /**
   * A part does not work, and goes on not working: told once with why, and with `undefined` once it works again. The transport
   * is degraded as long as any part is.
   */
  impaired(part: string, error: unknown): void
}

/** Where a driver hands the frames of one subscription. */
export interface Sink<Token> {
  /** How many more frames can be taken up at once: the prefetch, less what is unsettled and what waits. Never negative. */
  readonly room: number
  /** A frame that must be settled; `ageMs` as {@link Delivery} has it. A driver hands over no more than there is room for. */
  take(frame: Frame, attempt: number, token: Token, ageMs?: number): void
  /** A frame that is sent at most once: nobody hears how it ends. Dropped, and counted, when too many wait. */
  takeOnce(frame: Frame, ageMs?: number): void
  /** Frames that were handed over go back to the broker by themselves: settling them does nothing any more. */
  lost(): void
}

/** One subscription, as the broker has it. It outlives lost connections. */
export interface Consumption<Token> {
  /** Resolves once the broker routes frames to it; rejects with a coded error. Pending through an outage. */
  readonly ready: Promise<void>
  /** Counts a try that begins, as {@link Delivery.begin} does, where the broker can keep that count. */
  begin?(token: Token): Promise<number>
  /** Tells the broker how a frame ended. Never throws; what is lost on the way, the broker delivers again. */
  settle(token: Token, settlement: Settlement): void
  /** There is room again: for drivers that fetch. */
  more?(): void
  /**
   * Takes on nothing new, and goes on with what was accepted for this group and can go to nobody else. Resolves when
   * nothing more will be handed over. Ended early by `close`.
   */
  retire(): Promise<void>
  /** Ends it. What is unsettled, `unsettled` being the tokens in order, goes back to the broker at once. */
  close(unsettled: readonly Token[]): Promise<void>
}

/** The driver of a transport with a broker; everything else is {@link BrokeredTransport}'s. Errors it throws are coded. */
export interface BrokerDriver<Token = unknown> {
  /**
   * Connects, and looks what the server can do: the capabilities that are true for it. From then on the driver connects
   * again by itself for as long as it takes. Rejects with `SM_BROKER_UNREACHABLE`, `SM_BROKER_AUTH` or what else is wrong, and
   * leaves nothing open then. Aborts with the signal.
   */
  connect(host: BrokerHost, signal: AbortSignal): Promise<Capabilities>
  /**
   * Hands a frame to the broker; called only while the connection is up. Frames leave in the order of the calls, and wait while
   * the broker has no room. What becomes of the publish, the driver says by its methods: it ends every one by `taken` or `failed`, at once
   * or later, also those that nobody waits for any more. An error that is thrown counts as `failed`.
   */
  publish(pending: PendingPublish): void
  /** Opens a subscription. Nothing is handed to the sink before the call has returned. */
  consume(spec: SubscriptionSpec, sink: Sink<Token>): Consumption<Token>
  /** Facts for `health()`. */
  health(): TransportHealth['details']
  /** Disconnects, and leaves nothing open. Idempotent, also before `connect`. */
  disconnect(): Promise<void>
}
