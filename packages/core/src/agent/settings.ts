import {
  type DeduplicationStore,
  type RetryOptions,
  type SenderFilter,
  sharedDeduplication,
} from '../dispatch/index.ts'
import { type AgentErrorCode, smError } from '../errors/index.ts'
import {
  backoffCeilingMs,
  boundedLogger,
  type Clock,
  createUlids,
  given,
  type Ids,
  type Logger,
  type Random,
  silentLogger,
  stderrLogger,
  strayOption,
  systemClock,
  systemRandom,
} from '../kernel/index.ts'
import { checkAgentId, checkGroup, checkNamespace } from '../message/index.ts'
import { type Metrics, silentMetrics, silentTracing, type Tracing } from '../telemetry/index.ts'
import { guardLogger, guardMetrics, guardTracing } from './guard-ports.ts'
import type { AgentOptions, Durability, PublishOptions, SubscribeOptions } from './options.ts'

/** The options of an agent with every default filled in. */
export interface AgentSettings {
  readonly id: string
  readonly instance: string
  readonly namespace: string
  readonly ladder: readonly string[] | undefined
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

function requireNumber(code: AgentErrorCode, name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value
  throw smError(code, `The option ${name} is ${JSON.stringify(value)}, which is not a number of ${min} or more`, {
    details: { option: name },
  })
}

/** Longest wait of one call, in milliseconds: a year, beyond which a deadline is a slip of the pen. */
const maxTimeoutMs = 31_536_000_000

/** Throws `SM_AGENT_OPTIONS` for a wait that is not above 0 and within a year. */
export function requireTimeout(option: string, timeoutMs: number): number {
  if (typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= maxTimeoutMs) return timeoutMs
  // JSON would show NaN and Infinity as null.
  const shown = typeof timeoutMs === 'number' ? timeoutMs : JSON.stringify(timeoutMs)
  throw smError('SM_AGENT_OPTIONS', `The option ${option} is ${shown}, which is not above 0 and within a year`, {
    details: { option, outcome: 'failed' },
  })
}

/**
 * The waits between tries that are given none: 250 ms, 1.5 s, 9 s and 30 s, up to a fifth of each by chance. An outage of
 * half a minute ends no message.
 */
const defaultRetry: RetryOptions = {
  maxAttempts: 5,
  backoff: { initialMs: 250, maxMs: 30_000, factor: 6, jitter: 0.2 },
}

const agentOptionNames: ReadonlySet<string> = new Set<keyof AgentOptions>([
  ...(['namespace', 'transports', 'ladder', 'durable', 'inbox', 'unhandledTimeoutMs', 'prefetch'] as const),
  ...(['maxRequests', 'maxPublishes', 'publishTimeoutMs', 'requestTimeoutMs', 'startTimeoutMs'] as const),
  ...(['deduplication', 'logger', 'metrics', 'tracing', 'clock', 'random', 'signal'] as const),
])

const subscribeOptionNames: ReadonlySet<string> = new Set<keyof SubscribeOptions>([
  ...(['group', 'each', 'durable', 'from', 'only', 'versions', 'concurrency', 'prefetch'] as const),
  ...(['timeoutMs', 'retry', 'name', 'signal'] as const),
])

const retryOptionNames: ReadonlySet<string> = new Set(['maxAttempts', 'initialMs', 'maxMs', 'factor', 'jitter'])

const publishOptionNames: ReadonlySet<string> = new Set<keyof PublishOptions>([
  ...(['to', 'replyTo', 'delivery', 'key', 'ttlMs', 'correlationId', 'causationId', 'trace'] as const),
  ...(['extensions', 'timeoutMs', 'signal'] as const),
])

function requireKnown(code: AgentErrorCode, what: string, options: object, known: ReadonlySet<string>): void {
  const stray = strayOption(options, known)
  if (stray === undefined) return
  throw smError(code, `${what} has no option ${JSON.stringify(stray)} (it has ${[...known].join(', ')})`, {
    details: { option: stray, outcome: 'failed' },
  })
}

/** Throws `SM_AGENT_OPTIONS` for an option of a publish or request that there is not. */
export function checkPublishOptions(options: object): void {
  requireKnown('SM_AGENT_OPTIONS', 'A publish', options, publishOptionNames)
}

function requireStore(store: DeduplicationStore): DeduplicationStore {
  for (const method of ['claim', 'settled', 'commit', 'reject', 'release'] as const) {
    if (typeof store[method] === 'function') continue
    throw smError('SM_AGENT_OPTIONS', `The deduplication store has no method "${method}"`, {
      details: { option: 'deduplication' },
    })
  }
  return store
}

function toLogger(logger: AgentOptions['logger'], clock: Clock): Logger {
  const chosen = logger ?? (process.env.SM_LOG === 'silent' ? 'silent' : stderrLogger)
  return chosen === 'silent' ? silentLogger : boundedLogger(guardLogger(chosen), clock)
}

function oneOf<T>(code: AgentErrorCode, name: string, value: T | undefined, choices: readonly T[], fallback: T): T {
  if (value === undefined) return fallback
  if (choices.includes(value)) return value
  throw smError(code, `The option ${name} is ${JSON.stringify(value)}, which is none of ${choices.join(', ')}`, {
    details: { option: name },
  })
}

const durabilities: readonly Durability[] = [true, false, 'required', 'preferred']

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

/** The options of a subscription with every default filled in. */
export interface SubscribeSettings {
  readonly group: string
  readonly durable: Durability
  readonly from: SenderFilter | undefined
  readonly only: 'direct' | 'broadcast' | undefined
  readonly versions: readonly number[] | undefined
  readonly concurrency: number
  readonly prefetch: number
  readonly timeoutMs: number
  readonly retry: RetryOptions
  readonly name: string | undefined
}

/** Checks the options of a subscription and fills in the defaults. `iterated` is for one without a handler. */
export function toSubscribeSettings(
  agent: AgentSettings,
  options: SubscribeOptions,
  iterated: boolean,
): SubscribeSettings {
  requireKnown('SM_SUBSCRIPTION_OPTIONS', 'A subscription', options, subscribeOptionNames)
  if (options.retry) requireKnown('SM_SUBSCRIPTION_OPTIONS', 'The option retry', options.retry, retryOptionNames)
  const { each = false, only } = options
  const durable = oneOf('SM_SUBSCRIPTION_OPTIONS', 'durable', options.durable, durabilities, false)
  if (each && options.group !== undefined) {
    throw smError(
      'SM_SUBSCRIPTION_OPTIONS',
      'A subscription has both "each" and "group": each makes a group per instance',
    )
  }
  if (each && durable) {
    throw smError(
      'SM_SUBSCRIPTION_OPTIONS',
      'A subscription has both "each" and "durable": an instance does not come back',
    )
  }
  const group = options.group ?? (each ? `${agent.id}/${agent.instance}` : agent.id)
  checkGroup(group)
  const require = (name: string, value: number, min: number) =>
    requireNumber('SM_SUBSCRIPTION_OPTIONS', name, value, min)
  const concurrency = require('concurrency', options.concurrency ?? (iterated ? 1 : 16), 1)
  const { maxAttempts = defaultRetry.maxAttempts, ...backoff } = given(options.retry)
  const retry = {
    maxAttempts: require('retry.maxAttempts', maxAttempts, 1),
    backoff: { ...defaultRetry.backoff, ...backoff },
  }
  requireRemembered(agent.deduplication, retry)
  return {
    group,
    durable,
    from: options.from,
    only,
    versions: options.versions,
    concurrency,
    prefetch: require('prefetch', options.prefetch ?? (iterated ? concurrency : Math.max(64, concurrency * 2)), 1),
    timeoutMs: require('timeoutMs', options.timeoutMs ?? (iterated ? Number.POSITIVE_INFINITY : 60_000), 1),
    retry,
    name: options.name,
  }
}

/** A redelivery must not come when its first handling has already been forgotten. */
function requireRemembered(store: DeduplicationStore, { maxAttempts, backoff }: RetryOptions): void {
  let retriesMs = 0
  for (let attempt = 1; attempt < Math.min(maxAttempts, 10_000); attempt++)
    retriesMs += backoffCeilingMs(backoff, attempt)
  if (retriesMs <= store.windowMs) return
  throw smError(
    'SM_SUBSCRIPTION_OPTIONS',
    `Retries may take ${Math.round(retriesMs / 1000)} s, longer than the ${Math.round(store.windowMs / 1000)} s for which handled messages are remembered`,
  )
}
