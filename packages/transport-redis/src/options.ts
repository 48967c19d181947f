import type { ConnectionOptions } from 'node:tls'
import type { BrokeredOptions } from '@sm/brokered'
import { smError } from '@sm/core/transport'
import type { RedisOptions } from 'ioredis'
import type { Client, ConnectionRole } from './connection.ts'

/** Options of the Redis transport. All have defaults. */
export interface RedisTransportOptions extends BrokeredOptions {
  /** Where the server is: `redis://user:password@host:port/database`, or `rediss://…` with TLS. Default `redis://localhost:6379`. */
  readonly url?: string | URL
  /** User, instead of one in the URL. */
  readonly username?: string
  /** Password, instead of one in the URL. */
  readonly password?: string
  /** Encrypts the connection: certificates and keys as `tls.connect` takes them. Default: on for `rediss:`, by the trust of the system. */
  readonly tls?: ConnectionOptions
  /** Further options of ioredis, such as `sentinels` and `name`. Reconnecting and queueing are the transport's own. */
  readonly client?: RedisOptions
  /** Makes each connection, for what the other options cannot say: `() => new Cluster(nodes, { lazyConnect: true })`. */
  readonly connect?: (role: ConnectionRole) => Client
  /** Most dead letters that are kept; the oldest go first, approximately. Default 10,000. */
  readonly maxDeadLetters?: number
}

/** Where and how to connect, from the options. */
export interface Target {
  /** Host and port, for people. */
  readonly where: string
  readonly client: RedisOptions
}

function refuse(option: string, why: string): never {
  const what = `The option ${option} of the transport "redis" ${why}`
  throw smError('SM_TRANSPORT_CONFIG', what, { details: { transport: 'redis', option } })
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse('url', 'has a user or a password with a "%" that encodes nothing')
  }
}

function databaseOf(url: URL): number {
  const path = url.pathname.slice(1)
  if (path === '') return 0
  return /^\d{1,5}$/.test(path) ? Number(path) : refuse('url', 'names a database that is no number')
}

function parse(url: string | URL): URL {
  const parsed = URL.parse(String(url))
  // It is not shown: a password may stand in it.
  if (parsed?.protocol !== 'redis:' && parsed?.protocol !== 'rediss:') refuse('url', 'is no redis: or rediss: URL')
  return parsed
}

/** Reads where to connect to. Throws `SM_TRANSPORT_CONFIG`. */
export function toTarget(options: RedisTransportOptions): Target {
  const { url = 'redis://localhost:6379', client = {} } = options
  const parsed = parse(url)
  const host = parsed.hostname.replace(/^\[|\]$/g, '') || 'localhost'
  const port = Number(parsed.port || 6379)
  const username = options.username ?? decoded(parsed.username)
  const password = options.password ?? decoded(parsed.password)
  const tls = options.tls ?? (parsed.protocol === 'rediss:' ? {} : undefined)
  const { sentinels } = client
  return {
    where: sentinels ? `${client.name} of ${sentinels.length} sentinels` : `${host}:${port}`,
    client: {
      host,
      port,
      db: databaseOf(parsed),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(tls && { tls }),
      ...client,
    },
  }
}

/** Checks the number of dead letters. Throws `SM_TRANSPORT_CONFIG`. */
export function toMaxDeadLetters({ maxDeadLetters = 10_000 }: RedisTransportOptions): number {
  if (!Number.isInteger(maxDeadLetters) || maxDeadLetters < 1) refuse('maxDeadLetters', 'is not an integer above 0')
  return maxDeadLetters
}
