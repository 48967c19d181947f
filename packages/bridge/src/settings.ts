import {
  boundedLogger,
  type Clock,
  checkAgentId,
  checkPattern,
  isMessageType,
  isWildcard,
  type Logger,
  type Metrics,
  nameLimits,
  type Random,
  silentLogger,
  silentMetrics,
  stderrLogger,
  strayOption,
  systemClock,
  systemRandom,
} from '@sm/core/transport'
import { mostHops } from './crossing/marks.ts'
import { bridgeError } from './errors.ts'
import type { BridgeOptions, BridgeTransform } from './options.ts'

/** Most types and agents of one bridge. */
const maxTargets = 1_000

/** The options of a bridge, checked and with every default filled in; its sides aside. */
export interface BridgeSettings {
  /** Undefined for the one that is made of both sides. */
  readonly name: string | undefined
  readonly namespace: string
  /** Sorted and each once, so that all instances take the same from the same subscription. */
  readonly patterns: readonly string[]
  readonly agents: readonly string[]
  readonly durable: boolean
  readonly maxHops: number
  readonly prefetch: number
  readonly maxInFlight: number
  readonly transform: BridgeTransform | undefined
  readonly transformTimeoutMs: number
  readonly giveUpAfterMs: number
  readonly maxReplyInboxes: number
  readonly replyIdleMs: number
  readonly startTimeoutMs: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
}

const known: ReadonlySet<string> = new Set<keyof BridgeOptions>([
  ...(['from', 'to', 'types', 'agents', 'name', 'namespace', 'durable', 'maxHops', 'prefetch', 'maxInFlight'] as const),
  ...(['transform', 'transformTimeoutMs', 'giveUpAfterMs', 'maxReplyInboxes', 'replyIdleMs'] as const),
  ...(['startTimeoutMs', 'logger', 'metrics', 'clock', 'random', 'signal'] as const),
])

/** Longest of all times, in milliseconds: a day. */
const maxMs = 86_400_000

function refuse(option: string, why: string): never {
  throw bridgeError('SM_BRIDGE_OPTIONS', `The option ${option} ${why}`, { details: { option } })
}

function integer(options: BridgeOptions, option: keyof BridgeOptions, fallback: number, min: number, max: number) {
  const value = options[option] ?? fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  return refuse(option, `is not an integer of ${min} to ${max}`)
}

function list(options: BridgeOptions, option: 'types' | 'agents'): readonly unknown[] {
  const value: unknown = options[option] ?? []
  if (!Array.isArray(value)) return refuse(option, 'is not a list')
  if (value.length > maxTargets) return refuse(option, `has more than ${maxTargets} entries`)
  return value
}

function patternOf(entry: unknown): string {
  const pattern = isMessageType(entry) ? entry.type : entry
  checkPattern(pattern)
  if (pattern.split('.', 1)[0] === 'sm') refuse('types', `has ${pattern}: what begins with "sm" is the library's own`)
  return pattern
}

function agentOf(entry: unknown): string {
  checkAgentId(entry)
  return entry
}

function toLogger(logger: BridgeOptions['logger'], clock: Clock): Logger {
  const chosen = logger ?? (process.env.SM_LOG === 'silent' ? 'silent' : stderrLogger)
  return chosen === 'silent' ? silentLogger : boundedLogger(chosen, clock)
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort()

/** Checks the options of a bridge and fills in the defaults. Throws `SM_BRIDGE_OPTIONS` or `SM_NAME_INVALID`. */
export function toBridgeSettings(options: BridgeOptions): BridgeSettings {
  const stray = strayOption(options, known)
  if (stray !== undefined) refuse(JSON.stringify(stray), `is none of a bridge (it has ${[...known].join(', ')})`)
  const patterns = unique(list(options, 'types').map(patternOf))
  const agents = unique(list(options, 'agents').map(agentOf))
  if (patterns.length + agents.length === 0) refuse('types', 'names nothing, nor does agents: nothing would cross')
  const { name, durable = false, transform, clock = systemClock, random = systemRandom } = options
  if (name !== undefined) checkAgentId(name)
  if (typeof durable !== 'boolean') refuse('durable', 'is neither true nor false')
  if (transform !== undefined && typeof transform !== 'function') refuse('transform', 'is not a function')
  return {
    name,
    namespace: options.namespace ?? process.env.SM_NAMESPACE ?? 'default',
    patterns,
    agents,
    durable,
    transform,
    maxHops: integer(options, 'maxHops', 4, 1, mostHops),
    prefetch: integer(options, 'prefetch', 256, 1, 65_536),
    maxInFlight: integer(options, 'maxInFlight', 1, 1, 4_096),
    transformTimeoutMs: integer(options, 'transformTimeoutMs', 5_000, 1, maxMs),
    giveUpAfterMs: integer(options, 'giveUpAfterMs', 60_000, 0, maxMs),
    maxReplyInboxes: integer(options, 'maxReplyInboxes', 1_000, 1, 10_000),
    replyIdleMs: integer(options, 'replyIdleMs', 60_000, 1, maxMs),
    startTimeoutMs: integer(options, 'startTimeoutMs', 15_000, 1, maxMs),
    logger: toLogger(options.logger, clock),
    metrics: options.metrics ?? silentMetrics,
    clock,
    random,
  }
}

/** The topics by which requesters of these types, or of all that agents take, tell that they have given up. */
export function cancelPatterns({ patterns, agents }: BridgeSettings, wildcards: boolean): readonly string[] {
  const prefix = 'sm.cancel.'
  const fits = (pattern: string) =>
    prefix.length + pattern.length <= nameLimits.type && pattern.split('.').length + 2 <= nameLimits.segments
  if (agents.length > 0 && wildcards) return [`${prefix}#`]
  return patterns
    .filter(fits)
    .filter(pattern => wildcards || !isWildcard(pattern))
    .map(pattern => prefix + pattern)
}
