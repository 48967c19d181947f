import type { DeduplicationStore } from '../deduplication/index.ts'
import { smError } from '../errors/index.ts'
import { type BackoffOptions, backoffCeilingMs, given } from '../kernel/index.ts'
import { checkGroup } from '../message/index.ts'
import type { AgentSettings } from './agent-settings.ts'
import { durabilities, oneOf, requireKnown, requireNumber } from './check-options.ts'
import type { Durability, SenderFilter, SubscribeOptions } from './options.ts'
/** How often and when a failed message is tried again. */
export interface RetryOptions {
  /** Tries altogether, 1 or more. After the last the message is rejected. Default 5. */
  readonly maxAttempts: number
  readonly backoff: BackoffOptions
}

/**
 * The waits between tries that are given none: 250 ms, 1.5 s, 9 s and 30 s, up to a fifth of each by chance. An outage of
 * half a minute ends no message.
 */
const defaultRetry: RetryOptions = {
  maxAttempts: 5,
  backoff: { initialMs: 250, maxMs: 30_000, factor: 6, jitter: 0.2 },
}

const subscribeOptionNames: ReadonlySet<string> = new Set<keyof SubscribeOptions>([
  ...(['group', 'each', 'durable', 'from', 'only', 'versions', 'concurrency', 'prefetch'] as const),
  ...(['timeoutMs', 'retry', 'name', 'signal'] as const),
])

const retryOptionNames: ReadonlySet<string> = new Set(['maxAttempts', 'initialMs', 'maxMs', 'factor', 'jitter'])

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
