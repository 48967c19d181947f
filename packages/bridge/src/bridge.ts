import type { TransportHealth } from '@sm/core/transport'
import type { BridgeStopOptions } from './options.ts'
import type { BridgeCounters } from './tally.ts'

/** The state of one side of a bridge. */
export interface BridgeSideHealth extends TransportHealth {
  /** Name of the transport. */
  readonly transport: string
  readonly namespace: string
}

/** The state of a bridge and its sides. */
export interface BridgeHealth {
  /** `degraded` while a side has lost its wire: what crosses there waits on the other side. */
  readonly state: 'ready' | 'degraded' | 'stopping' | 'stopped'
  readonly from: BridgeSideHealth
  readonly to: BridgeSideHealth
  readonly counters: BridgeCounters
  /** Senders of which a message is under way or waits, in both directions. */
  readonly busySenders: number
  /** Inboxes for replies that are open on the far side. */
  readonly replyInboxes: number
  /** Requests that this instance has carried over, and whose replies have not come back by it. */
  readonly awaitedReplies: number
}

/** A bridge that runs. Made by {@link createBridge}. */
export interface Bridge extends AsyncDisposable {
  /** Bridges of one name share their messages. */
  readonly name: string
  /** The ULID of this instance. */
  readonly instance: string
  /** Answers in every state, and does not throw. */
  health(): Promise<BridgeHealth>
  /**
   * Idempotent. With a drain (the default) it takes nothing new, carries over what it has taken, waits for the replies to requests that it has
   * carried, and hands the rest back when `timeoutMs` is over. A later call without a drain ends one that is under way. Both wires
   * are closed when it resolves.
   */
  stop(options?: BridgeStopOptions): Promise<void>
}
