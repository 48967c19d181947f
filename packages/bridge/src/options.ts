import type {
  Clock,
  Header,
  Logger,
  MessageType,
  Metrics,
  Payload,
  Random,
  TransportChoice,
  TransportsConfig,
} from '@sm/core/transport'

/** One transport, given as an agent's `transports` takes it: name, URL, choice, or an object with options by its name. */
export type BridgeWire = string | URL | TransportChoice | Exclude<TransportsConfig, readonly unknown[]>

/** One side of a bridge, with a namespace of its own. */
export interface BridgeSide {
  /** The wire. */
  readonly transport: BridgeWire
  /** The namespace on that side. Default: the `namespace` of the bridge. */
  readonly namespace?: string
}

/** A message on its way across, as a transform sees it. */
export interface BridgedMessage {
  /** Its clear attributes, as they came. */
  readonly header: Header
  /** Aborts when the time of the transform is over, or the bridge stops. */
  readonly signal: AbortSignal
  /** Its payload, decoded when asked for; bytes where it is encoded (compressed, encrypted). Throws `SM_CODEC_…`. */
  payload(): Payload
}

/** The changes that a transform makes; what it leaves out stays. */
export interface BridgeChanges {
  /** Another message type. */
  readonly type?: string
  /** The inbox on the far side that it goes to: `billing` or `billing/01J…`. */
  readonly to?: string
  /** Extensions to set; those that are undefined are removed. */
  readonly extensions?: Readonly<Record<string, string | undefined>>
  /** Another payload: a JSON value, which travels as JSON, or bytes. */
  readonly payload?: Payload
}

/** Changes a message on its way, or drops it by returning undefined. */
export type BridgeTransform = (
  message: BridgedMessage,
) => BridgeChanges | undefined | Promise<BridgeChanges | undefined>

/** Options of {@link createBridge}. `from` and `to` are needed, and `types` or `agents`. */
export interface BridgeOptions {
  /** The near side: where messages are taken from, and replies are brought back to. */
  readonly from: BridgeWire | BridgeSide
  /** The far side: where messages are carried to. */
  readonly to: BridgeWire | BridgeSide
  /** Broadcasts that cross: message types, patterns (`order.*`, `#`) or definitions. */
  readonly types?: readonly (string | MessageType)[]
  /** Agents of the far side: the bridge has their inboxes on the near side, and carries what is addressed to them. */
  readonly agents?: readonly string[]
  /** Bridges of one name share their messages. Default: made of both wires and namespaces, the same in both directions. */
  readonly name?: string
  /** The namespace of sides that name none. Default `SM_NAMESPACE`, else `default`. */
  readonly namespace?: string
  /** Whether the near side keeps messages while no instance of the bridge runs. Refused where it cannot. Default false. */
  readonly durable?: boolean
  /** Most bridges that a message may cross, this one included: 1 to 16. Default 4. */
  readonly maxHops?: number
  /** Most messages of one pattern or inbox that the bridge holds unsettled. Default 256. */
  readonly prefetch?: number
  /**
   * Most messages of one sender, sent at least once, that are under way at once. With 1, none can overtake another that the far side
   * did not take at first. More is faster where the far side is far: one that fails is repeated before further ones leave, yet those that
   * had left with it may have arrived. Default 1.
   */
  readonly maxInFlight?: number
  /** Changes or drops messages on their way. Replies are carried back as they are. Default: none. */
  readonly transform?: BridgeTransform
  /** Longest time of one transform, in milliseconds. It is tried three times at least once. Default 5,000. */
  readonly transformTimeoutMs?: number
  /**
   * How long a message at least once, for an inbox that nobody has on a far side that works, is tried before it becomes a dead
   * letter, in milliseconds. Default 60,000.
   */
  readonly giveUpAfterMs?: number
  /** Most inboxes for replies that are open at once on the far side: one for each instance that asks. Default 1,000. */
  readonly maxReplyInboxes?: number
  /** How long an inbox for replies stays open after its last request has ended, in milliseconds. Default 60,000. */
  readonly replyIdleMs?: number
  /** How long the start may take, in milliseconds. Default 15,000. */
  readonly startTimeoutMs?: number
  /** Default: warnings and errors to stderr; nothing where `SM_LOG` is `silent`. `silent` says nothing. */
  readonly logger?: Logger | 'silent'
  /** Default: none. */
  readonly metrics?: Metrics
  /** For tests: where time comes from. */
  readonly clock?: Clock
  /** For tests: where chance comes from. */
  readonly random?: Random
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal
}

/** Options of {@link Bridge.stop}. */
export interface BridgeStopOptions {
  /** Carry over what has been taken, and bring back the replies that are awaited; false hands it back at once. Default true. */
  readonly drain?: boolean
  /** Longest time of the drain, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Ends the drain. */
  readonly signal?: AbortSignal
}
