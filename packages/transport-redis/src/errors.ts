import { brokerError } from '@sm/brokered'
import { type Catalogue, defineErrors, describeThrown, isSmError, type SmError } from '@sm/core/transport'
import type { RedisServer } from './options.ts'

/** Every code that `@sm/transport-redis` has besides those of all transports with a broker, with its meaning and remedy. */
export const redisCatalogue = {
  SM_REDIS_UNSAFE: {
    meaning: 'The server cannot be relied on to keep messages, so that only at-most-once is offered.',
    remedy: 'See the message for what to set on the server: mostly maxmemory-policy noeviction.',
    retryable: false,
  },
  SM_REDIS_QUEUE_GONE: {
    meaning: 'The queue of a subscription was no longer there, and was made again. What it held is lost.',
    remedy: 'Find out who removed it: a flush, a restart without data, or a pause longer than deadAfterMs and graceMs.',
    retryable: false,
  },
  SM_REDIS_ENTRY: {
    meaning: 'An entry of a queue has no field "event".',
    remedy: 'Add entries with the field "event", which holds a CloudEvent as JSON. It was moved to the dead letters.',
    retryable: false,
  },
} as const satisfies Catalogue

/** Makes an error of this transport's catalogue. */
export const redisError = defineErrors(redisCatalogue)

type BrokerCode = Parameters<typeof brokerError>[0]

/** By the first word of what the server answers. */
const replies: Readonly<Record<string, BrokerCode>> = {
  WRONGPASS: 'SM_BROKER_AUTH',
  NOAUTH: 'SM_BROKER_AUTH',
  NOPERM: 'SM_BROKER_AUTH',
  WRONGTYPE: 'SM_BROKER_TOPOLOGY',
  NOGROUP: 'SM_BROKER_TOPOLOGY',
  OOM: 'SM_BROKER_FULL',
  ...{ READONLY: 'SM_BROKER_LOST', MASTERDOWN: 'SM_BROKER_LOST', CLUSTERDOWN: 'SM_BROKER_LOST' },
  ...{ MOVED: 'SM_BROKER_LOST', ASK: 'SM_BROKER_LOST', TRYAGAIN: 'SM_BROKER_LOST' },
}

/** Answers by which a server says that it cannot write at the moment, and has not. */
const notNow = new Set(['OOM', 'MISCONF', 'NOREPLICAS', 'LOADING', 'BUSY'])

const tlsCodes = /^(ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/

interface DriverError {
  readonly name?: string
  readonly message?: string
  readonly code?: string
}

/** The answer of the server; undefined for an error that is none of its. */
function replyOf(error: unknown): string | undefined {
  const { name, message } = Object(error) as DriverError
  return name === 'ReplyError' || name === 'SimpleError' || name === 'BlobError' ? (message ?? '') : undefined
}

/** The first word of what the server answered: `NOSCRIPT`, `OOM`. */
export function replyCode(error: unknown): string | undefined {
  const reply = replyOf(error)
  if (reply === undefined) return undefined
  // Servers before 7.0 put what a script was answered behind words of their own.
  return (/^ERR Error running script.*?-([A-Z]+) /.exec(reply) ?? /^([A-Z]+)/.exec(reply))?.[1]
}

/** True when the server cannot write at the moment, and has not. */
export function isNotNow(error: unknown): boolean {
  return notNow.has(replyCode(error) ?? '')
}

/** True when a server does not serve the namespace: not any more, or for as long as its cluster is at odds. */
export function isElsewhere(error: unknown): boolean {
  return replies[replyCode(error) ?? ''] === 'SM_BROKER_LOST'
}

/** The node that has the namespace, by the word of one that has it not; undefined for any other error. */
export function movedTo(error: unknown, from: RedisServer): RedisServer | undefined {
  const cause = isSmError(error) ? error.cause : error
  const [, host, port] = /^MOVED \d+ (.*):(\d+)/.exec(replyOf(cause) ?? '') ?? []
  // Without a host it is the one that was asked.
  return port === undefined ? undefined : { host: host || from.host, port: Number(port) }
}

/** The driver's error without the command that it belongs to: a password may stand there, or a payload. */
function harmless(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && 'command' in error) {
    Reflect.deleteProperty(error, 'command')
  }
  return error
}

/** An error of the server or the driver as a coded error. `where` is host and port. */
export function fromDriver(error: unknown, where: string, doing: string): SmError {
  if (isSmError(error)) return error
  const cause = harmless(error)
  const details = { where }
  const reply = replyOf(error)
  const says = describeThrown(error)
  if (reply !== undefined) {
    const code = replies[replyCode(error) ?? ''] ?? (/invalid password|AUTH/.test(reply) ? 'SM_BROKER_AUTH' : undefined)
    return brokerError(code ?? 'SM_BROKER_REFUSED', `Redis at ${where} refuses to ${doing}: ${says}`, {
      cause,
      details,
    })
  }
  const { code = '', message = '' } = Object(error) as DriverError
  if (tlsCodes.test(code) || /certificate|altnames|wrong version number/i.test(message)) {
    return brokerError('SM_BROKER_TLS', `No encrypted connection to Redis at ${where}: ${says}`, { cause, details })
  }
  return brokerError('SM_BROKER_LOST', `The connection to Redis at ${where} was lost (${says})`, { cause, details })
}

/** Why a connection could not be made. */
export function fromConnect(error: unknown, where: string): SmError {
  // Sentinels that do not let us in are to ioredis as if they were not there.
  const refused = /Last error: (?:WRONGPASS|NOAUTH|NOPERM) /.test(String(error))
  if (refused) {
    const what = `Redis at ${where} refuses to let us in: ${describeThrown(error)}`
    return brokerError('SM_BROKER_AUTH', what, { cause: harmless(error), details: { where } })
  }
  if (/max number of clients/i.test(replyOf(error) ?? '')) {
    const what = `Redis at ${where} has no connection left for us: ${describeThrown(error)} (maxclients)`
    return brokerError('SM_BROKER_UNREACHABLE', what, { cause: harmless(error), details: { where } })
  }
  const found = fromDriver(error, where, 'let us in')
  if (found.code !== 'SM_BROKER_LOST' || isSmError(error)) return found
  const what = `Redis at ${where} cannot be reached (${describeThrown(error)})`
  return brokerError('SM_BROKER_UNREACHABLE', what, { cause: harmless(error), details: { where } })
}

/** A queue was removed behind the back of its members. */
export function queueGone(queue: string) {
  const what = `The queue ${queue} was no longer there, and has been made again`
  return redisError('SM_REDIS_QUEUE_GONE', what, { details: { transport: 'redis', queue } })
}

/** Messages at most once that were the turn of a member that had ended. */
export function leftToTheDead(queue: string, member: string, count: number) {
  const what = `${member} has ended: ${count} messages of ${queue}, sent at most once within the last second, were its turn`
  return brokerError('SM_BROKER_DROPPED', what, { details: { transport: 'redis', queue, count } })
}
