import { type DeduplicationStore, sharedDeduplication } from '../deduplication/index.ts'
import { smError } from '../errors/index.ts'
import {
  boundedLogger,
  type Clock,
  createUlids,
  type Ids,
  type Logger,
  type Random,
  silentLogger,
  stderrLogger,
  systemClock,
  systemRandom,
} from '../kernel/index.ts'
import { checkAgentId, checkNamespace, type RoutePolicy } from '../message/index.ts'
import { type Metrics, silentMetrics, silentTracing, type Tracing } from '../telemetry/index.ts'
import { durabilities, oneOf, requireKnown, requireNumber, requireTimeout } from './check-options.ts'
import { type FailoverSettings, toFailoverSettings } from './failover-settings.ts'
import { guardLogger, guardMetrics, guardTracing } from './guard-ports.ts'
import type { AgentOptions, Durability } from './options.ts'
import { type OutboxSettings, toOutboxSettings } from './outbox-settings.ts'

/** On which transports an agent is present. */
interface Presence {
  readonly byDefault: boolean
  readonly byName: Readonly<Record<string, boolean>>
}

/** The options of an agent with every default filled in. */
export interface AgentSettings {
  readonly id: string
  readonly instance: string
  readonly namespace: string
  readonly ladder: readonly string[] | undefined
  readonly route: RoutePolicy | undefined
  readonly failover: FailoverSettings
  readonly outbox: OutboxSettings
  readonly requiresCopies: boolean
  /** Whether it tells others on a transport that it is there, by default or by name. */
  readonly presence: Presence
  readonly durable: Durability
  readonly opensOnListen: boolean
  readonly unhandledTimeoutMs: number
  readonly prefetch: number
  readonly maxRequests: number
  readonly maxPublishes: number
  readonly publishTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly startTimeoutMs: number
  readonly deduplication: DeduplicationStore
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
}

const agentOptionNames: ReadonlySet<string> = new Set<keyof AgentOptions>([
  ...(['namespace', 'transports', 'ladder', 'route', 'failover', 'outbox', 'copies', 'presence'] as const),
  ...(['durable', 'inbox', 'unhandledTimeoutMs', 'prefetch'] as const),
  ...(['maxRequests', 'maxPublishes', 'publishTimeoutMs', 'requestTimeoutMs', 'startTimeoutMs'] as const),
  ...(['deduplication', 'logger', 'metrics', 'tracing', 'clock', 'random', 'signal'] as const),
])

function requireStore(store: DeduplicationStore): DeduplicationStore {
  for (const method of ['claim', 'settled', 'commit', 'reject', 'release'] as const) {
    if (typeof store[method] === 'function') continue
    throw smError('SM_AGENT_OPTIONS', `The deduplication store has no method "${method}"`, {
      details: { option: 'deduplication' },
    })
  }
  return store
}

function toPresence(presence: AgentOptions['presence'] = true): Presence {
  const isByName =
    typeof presence === 'object' &&
    presence !== null &&
    Object.values(presence).every(each => typeof each === 'boolean')
  if (typeof presence === 'boolean') return { byDefault: presence, byName: {} }
  if (isByName) return { byDefault: true, byName: presence }
  throw smError('SM_AGENT_OPTIONS', 'The option presence is neither a boolean nor booleans by name of a transport', {
    details: { option: 'presence' },
  })
}

function toLogger(logger: AgentOptions['logger'], clock: Clock): Logger {
  const chosen = logger ?? (process.env.SM_LOG === 'silent' ? 'silent' : stderrLogger)
  return chosen === 'silent' ? silentLogger : boundedLogger(guardLogger(chosen), clock)
}

/** Checks the options of an agent and fills in the defaults. */
export function toAgentSettings(id: string, options: AgentOptions): AgentSettings {
  checkAgentId(id)
  requireKnown('SM_AGENT_OPTIONS', 'An agent', options, agentOptionNames)
  const namespace = options.namespace ?? process.env.SM_NAMESPACE ?? 'default'
  checkNamespace(namespace)
  const { clock = systemClock, random = systemRandom } = options
  const ids = createUlids(clock, random)
  const atLeast = (name: keyof AgentOptions & string, fallback: number, min: number) =>
    requireNumber('SM_AGENT_OPTIONS', name, (options[name] as number | undefined) ?? fallback, min)
  return {
    id,
    instance: ids.next(),
    namespace,
    ladder: options.ladder,
    route: options.route,
    failover: toFailoverSettings(options.failover),
    outbox: toOutboxSettings(options.outbox),
    requiresCopies:
      oneOf('SM_AGENT_OPTIONS', 'copies', options.copies, ['required', 'best-effort'], 'best-effort') === 'required',
    presence: toPresence(options.presence),
    durable: oneOf('SM_AGENT_OPTIONS', 'durable', options.durable, durabilities, false),
    opensOnListen:
      oneOf('SM_AGENT_OPTIONS', 'inbox', options.inbox, ['on-subscribe', 'on-listen'], 'on-subscribe') === 'on-listen',
    unhandledTimeoutMs: atLeast('unhandledTimeoutMs', 60_000, 0),
    prefetch: atLeast('prefetch', 256, 1),
    maxRequests: atLeast('maxRequests', 10_000, 1),
    maxPublishes: atLeast('maxPublishes', 10_000, 1),
    publishTimeoutMs: requireTimeout('publishTimeoutMs', options.publishTimeoutMs ?? 30_000),
    requestTimeoutMs: requireTimeout('requestTimeoutMs', options.requestTimeoutMs ?? 10_000),
    startTimeoutMs: requireTimeout('startTimeoutMs', options.startTimeoutMs ?? 15_000),
    deduplication: options.deduplication ? requireStore(options.deduplication) : sharedDeduplication(namespace, clock),
    logger: toLogger(options.logger, clock),
    metrics: options.metrics ? guardMetrics(options.metrics) : silentMetrics,
    tracing: options.tracing ? guardTracing(options.tracing) : silentTracing,
    clock,
    random,
    ids,
  }
}
