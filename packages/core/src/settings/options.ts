import type { DeduplicationStore } from '../deduplication/index.ts'
import type { BackoffOptions, Clock, Logger, Random } from '../kernel/index.ts'
import type { DeliveryLevel, RoutePolicy, Via } from '../message/index.ts'
import type { TransportsConfig } from '../registry/index.ts'
import type { Metrics, TraceContext, Tracing } from '../telemetry/index.ts'

/** A sender by agent id (`billing`), by agent and instance (`billing/01J…`), or by expression over that text. */
export type SenderFilter = string | RegExp | readonly (string | RegExp)[]

/**
 * Whether messages are kept while nobody is there to take them: `true` and `required` refuse to go on unless a transport of the
 * agent can; `preferred` keeps them on the transports that can, if any.
 */
export type Durability = boolean | 'required' | 'preferred'

/** When a message to one agent moves to the next transport. All times in milliseconds. */
export interface FailoverOptions {
  /**
   * How long a transport may have messages at least once for an agent and acknowledge none of them, until it is left for that
   * agent, where another is at hand. Default 1,000.
   */
  readonly stallMs?: number
  /** How long a transport that has its wire back must keep it before it is preferred again. Default 1,000; `Infinity`: never. */
  readonly failbackMs?: number
  /**
   * How long a transport may take to acknowledge, on average and while nothing else is under way there, until others are taken first
   * for a while. Default 500; `Infinity`: never.
   */
  readonly slowMs?: number
  /** How many publishes to an agent in a row must fail on a transport until it is left for that agent. Default 5. */
  readonly failures?: number
  /** How long a transport is left for until one message is tried there again; it doubles with each that fails. Default 1,000. */
  readonly cooldownMs?: number
  /**
   * How long a message with a key waits at most for those before it that are still under way on another transport. Default 1,000; 0: not at
   * all; `Infinity`: as long as its publish. `context.order` tells its handler when that was not enough.
   */
  readonly orderMs?: number
}

/** Bounds of the messages that an agent keeps while none of its transports would take them. */
export interface OutboxOptions {
  /** Most messages. Default 10,000. */
  readonly maxMessages?: number
  /** Most bytes of their payloads as they travel. Default 64 MiB. */
  readonly maxBytes?: number
  /**
   * What becomes of a message that finds no room: it waits for some, within the time of its publish; or is refused. With `drop-oldest`
   * messages at most once are kept too, and the oldest of them make room, for as long as there are any; then it is refused. Default `wait`.
   */
  readonly whenFull?: 'wait' | 'refuse' | 'drop-oldest'
}

/** Options of {@link createAgent}. All have defaults. */
export interface AgentOptions {
  /** Agents of one namespace see each other, and nobody else. Default `SM_NAMESPACE`, else `default`. */
  readonly namespace?: string
  /** Which transports it uses. Default `SM_TRANSPORTS`, else memory alone. */
  readonly transports?: TransportsConfig
  /** Names of transports in the order in which a direct message tries them. Default: by their ranks. */
  readonly ladder?: readonly string[]
  /** Wishes about the transports that carry its messages; those of a message type and of a publish win. */
  readonly route?: RoutePolicy
  /** When a direct message moves from one transport to the next. */
  readonly failover?: FailoverOptions
  /** How many messages wait while no transport would take them. */
  readonly outbox?: OutboxOptions
  /**
   * Whether a publish waits for its copies on transports that only publish, and fails with them: `required`; or goes on without
   * them, and a copy that fails is counted and logged: `best-effort`, the default.
   */
  readonly copies?: 'required' | 'best-effort'
  /**
   * Whether it tells others on its transports that it is there, and hears of them: for all, or by the name of a transport. Default
   * true. Where it is false, nobody knows what it is there for until something is sent, and `agent.directory` has no one from there.
   */
  readonly presence?: boolean | Readonly<Record<string, boolean>>
  /** Whether messages to its inbox are kept while no instance runs. Default false. */
  readonly durable?: Durability
  /**
   * When the inbox opens: with the first handler of what is addressed to the agent, or when `listen()` is called, after all
   * handlers have been attached. Default `on-subscribe`.
   */
  readonly inbox?: 'on-subscribe' | 'on-listen'
  /**
   * How long a message that is addressed to the agent, and that no instance has a handler for, goes from instance to instance
   * before it is given up, in milliseconds. Default 60,000.
   */
  readonly unhandledTimeoutMs?: number
  /** Most messages from its inbox that it holds unsettled. Default 256. */
  readonly prefetch?: number
  /** Most requests under way at once. Default 10,000. */
  readonly maxRequests?: number
  /** Most publishes that wait at once, for room or for a confirmation. Default 10,000. */
  readonly maxPublishes?: number
  /** How long a publish may wait for room, in milliseconds. Default 30,000. */
  readonly publishTimeoutMs?: number
  /** How long a request waits for its reply, in milliseconds. Default 10,000. */
  readonly requestTimeoutMs?: number
  /** How long start may take, in milliseconds. Default 15,000. */
  readonly startTimeoutMs?: number
  /** Where handled messages are remembered. Default: one store per namespace and process. */
  readonly deduplication?: DeduplicationStore
  /**
   * Default: warnings and errors to stderr, a line each, repeated ones bounded; nothing where `SM_LOG` is
   * `silent`. A pino logger fits; `silent` says nothing.
   */
  readonly logger?: Logger | 'silent'
  /** Default: none. */
  readonly metrics?: Metrics
  /** Default: none. */
  readonly tracing?: Tracing
  /** For tests: where time comes from. */
  readonly clock?: Clock
  /** For tests: where chance comes from. */
  readonly random?: Random
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal
}

/** Options of one subscription. */
export interface SubscribeOptions {
  /** Consumers of one group share; each group gets a copy. Default: the id of the agent. */
  readonly group?: string
  /** Gives every instance a copy instead of one of them. Default false. */
  readonly each?: boolean
  /** Whether messages are kept while all members are away. Default false. */
  readonly durable?: Durability
  /** Handle only what these agents send. Default: what the definition says, else anyone. */
  readonly from?: SenderFilter
  /** Only what is addressed to this agent, or only broadcasts. Default: both. */
  readonly only?: 'direct' | 'broadcast'
  /** Versions to accept as they are. Default: the definition's own and those it can upcast. */
  readonly versions?: readonly number[]
  /** Most handlers that run at once. Default 16. Messages with one `key` never run at once. */
  readonly concurrency?: number
  /** Most messages held unsettled. Default: twice the concurrency, and at least 64. */
  readonly prefetch?: number
  /** Longest time of one handler, in milliseconds; `Infinity` for none. Default 60,000. */
  readonly timeoutMs?: number
  /** How a message that failed is tried again. Default: 5 tries within 30 to 40 s; the second after 250 ms, the last after 30 s. */
  readonly retry?: { readonly maxAttempts?: number } & Partial<BackoffOptions>
  /** Tells handlers of one agent, group and type apart. Needed when their number changes between instances. */
  readonly name?: string
  /** Closes the subscription when it aborts. */
  readonly signal?: AbortSignal
}

/** Options of one publish. They override what the definition says. */
export interface PublishOptions {
  /** The agent (`billing`) or instance (`billing/01J…`) it is meant for. Default: everyone who subscribes. */
  readonly to?: string
  /** The inbox that answers should go to. */
  readonly replyTo?: string
  /** Whether it may be lost or may be repeated. */
  readonly delivery?: DeliveryLevel
  /** Ordering key. */
  readonly key?: string
  /** How long it keeps its meaning, in milliseconds. */
  readonly ttlMs?: number
  /** The conversation it belongs to: the id of the message that began it. */
  readonly correlationId?: string
  /** The id of the message that caused it. */
  readonly causationId?: string
  /** The trace that it belongs to, where the tracing port tells of none. Default, in a handler's context: its own. */
  readonly trace?: TraceContext
  /** Further header attributes. */
  readonly extensions?: Readonly<Record<string, string>>
  /** Wishes about the transports that carry it, before those of its type and of the agent. */
  readonly route?: RoutePolicy
  /** How many of those transports carry it, and when the publish is done. */
  readonly via?: Via
  /** How long to wait for room, in milliseconds. */
  readonly timeoutMs?: number
  /** Ends the wait. */
  readonly signal?: AbortSignal
}

/** Options of one request. */
export interface RequestOptions
  extends Pick<
    PublishOptions,
    'to' | 'key' | 'correlationId' | 'causationId' | 'trace' | 'extensions' | 'route' | 'via' | 'signal'
  > {
  /** How long to wait for the reply, in milliseconds. */
  readonly timeoutMs?: number
}

/** Options of {@link Agent.stop}. */
export interface StopOptions {
  /** Finish what has been taken on; false hands it back at once. Default true. */
  readonly drain?: boolean
  /** Longest time of the drain, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Ends the drain. */
  readonly signal?: AbortSignal
}
