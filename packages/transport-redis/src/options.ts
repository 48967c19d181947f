import type { ConnectionOptions } from 'node:tls'
import type { BrokeredOptions } from '@sm/brokered'
import { given, smError } from '@sm/core/transport'
import type { Redis, RedisOptions } from 'ioredis'

/** The purpose of a connection. */
export type ConnectionRole = 'commands' | 'subscriber' | 'reader'

/** Options of the Redis transport. All have defaults. */
export interface RedisTransportOptions extends BrokeredOptions {
  /**
   * Where the server is: `redis://user:password@host:port/database`, or `rediss://…` with TLS. Of a cluster any node, or several,
   * in case that one does not answer. Default `redis://localhost:6379`.
   */
  readonly url?: string | URL | readonly (string | URL)[]
  /** User, instead of one in the URL. */
  readonly username?: string
  /** Password, instead of one in the URL. */
  readonly password?: string
  /** Encrypts the connection: certificates and keys as `tls.connect` takes them. Default: on for `rediss:`, by the trust of the system. */
  readonly tls?: ConnectionOptions
  /**
   * Further options of ioredis, such as `sentinels` and `name`. Reconnecting, queueing and the form of replies are the transport's
   * own; what would break it (`keyPrefix`, `commandTimeout`, …) is refused by name.
   */
  readonly client?: Omit<RedisOptions, RefusedClientOption>
  /** Makes each connection, for what the other options cannot say; `server` is where one is wanted, which differs in a cluster. */
  readonly connect?: (role: ConnectionRole, server: RedisServer) => Redis
  /** Most dead letters that are kept; the oldest go first, approximately. Default 10,000. */
  readonly maxDeadLetters?: number
}

/** Options of ioredis that the transport could not work with, and why. */
const refusedClientOptions = {
  keyPrefix: 'the keys of scripts and channels would not have it: choose a namespace instead',
  commandTimeout: 'a reader waits for messages for as long as there are none: use deadAfterMs',
  blockingTimeout: 'a reader waits for messages for as long as there are none: use deadAfterMs',
  blockingTimeoutGrace: 'a reader waits for messages for as long as there are none: use deadAfterMs',
  socketTimeout: 'a subscriber hears nothing for as long as nobody publishes: use deadAfterMs',
  readOnly: 'a replica takes no messages',
  monitor: 'a connection that monitors cannot publish',
  stringNumbers: 'numbers of replies are read as numbers',
  replyMapping: 'replies are read in the form that the transport asks for',
  scripts: 'the transport has scripts of its own',
  commandQueue: 'replies could not be told apart',
  himportFieldsets: 'the transport does not use them',
  reconnectOnError: 'the transport connects again by itself: use reconnect',
  retryStrategy: 'the transport connects again by itself: use reconnect',
  sentinelRetryStrategy: 'the transport connects again by itself: use reconnect',
  sentinelReconnectStrategy: 'the transport connects again by itself: use reconnect',
  maxLoadingRetryTime: 'the transport waits for a server that reads its data: use connectTimeoutMs',
  maxRetriesPerRequest: 'the transport repeats what must be repeated: use publishTimeoutMs',
  connectTimeout: 'it has the name connectTimeoutMs here',
  enableAutoPipelining: 'the transport writes what is published in one tick at once',
  autoPipeliningIgnoredCommands: 'the transport writes what is published in one tick at once',
  enableOfflineQueue: 'what is published during an outage is kept by the transport',
  offlineQueue: 'what is published during an outage is kept by the transport',
  autoResubscribe: 'the transport subscribes again by itself',
  autoResendUnfulfilledCommands: 'the transport repeats what must be repeated',
  enableReadyCheck: 'the transport looks by itself whether the server is ready',
  lazyConnect: 'the transport connects when it is started',
  connectionName: 'connections are named after the agent',
} as const

/** Names of the options of ioredis that are refused. */
export type RefusedClientOption = keyof typeof refusedClientOptions

/** The address of a server. */
export interface RedisServer {
  readonly host: string
  readonly port: number
}

/** Where and how to connect, from the options. */
export interface Target {
  /** Host and port, for people. */
  readonly where: string
  readonly server: RedisServer
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
  if (parsed.search !== '' || parsed.hash !== '') refuse('url', 'has more than a user, a host, a port and a database')
  return parsed
}

function serverOf(url: URL): RedisServer {
  return { host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost', port: Number(url.port || 6379) }
}

/** Host and port, for people. */
function formatServer({ host, port }: RedisServer): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

function sentinelsOf({ sentinels = [], name }: RedisOptions): string {
  const all = sentinels.map(({ host = 'localhost', port = 26_379 }) => formatServer({ host, port }))
  return `"${name}" of the sentinels ${all.join(', ')}`
}

/** Reads where to connect to: one server, or several of a cluster. Throws `SM_TRANSPORT_CONFIG`. */
export function toTargets(options: RedisTransportOptions): readonly [Target, ...Target[]] {
  const { url = 'redis://localhost:6379' } = options
  const client = given(options.client) as RedisOptions
  for (const name of Object.keys(client)) {
    const why = (refusedClientOptions as Readonly<Record<string, string>>)[name]
    if (why !== undefined) refuse(`client.${name}`, `cannot be set: ${why}`)
  }
  if (client.db !== undefined && !(Number.isInteger(client.db) && client.db >= 0)) refuse('client.db', 'is no database')
  const urls = (typeof url === 'string' || url instanceof URL ? [url] : url).map(parse)
  const known = urls.find(({ username, password }) => username !== '' || password !== '')
  const username = options.username ?? decoded(known?.username ?? '')
  const password = options.password ?? decoded(known?.password ?? '')
  const tls = options.tls ?? (urls.some(({ protocol }) => protocol === 'rediss:') ? {} : undefined)
  const targets = urls.map(each => {
    const server = serverOf(each)
    return {
      where: client.sentinels ? sentinelsOf(client) : formatServer(server),
      server,
      client: {
        ...server,
        db: databaseOf(each),
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        // A user who asks for encryption means the servers that the sentinels name, too.
        ...(tls && { tls, enableTLSForSentinelMode: true }),
        ...client,
      },
    }
  })
  const [first, ...others] = targets
  return first ? [first, ...others] : refuse('url', 'names no server')
}

/** The same way to connect, to another server. */
export function toTargetAt(target: Target, server: RedisServer): Target {
  return { where: formatServer(server), server, client: { ...target.client, ...server } }
}

/** The options that a URL stands for. Further nodes of a cluster are named by `?server=host:port`, as often as there are any. */
export function fromUrl(url: URL): RedisTransportOptions {
  const others = url.searchParams.getAll('server')
  for (const name of url.searchParams.keys()) {
    if (name !== 'server') refuse('url', `has the unknown parameter ${JSON.stringify(name.slice(0, 40))}`)
  }
  const own = new URL(url)
  own.search = ''
  return { url: others.length === 0 ? own : [own, ...others.map(server => `${url.protocol}//${server}`)] }
}

/** The database of a target. */
export function databaseAt({ client }: Target): number {
  return client.db ?? 0
}

/**
 * Checks a client that the user has made. Throws `SM_TRANSPORT_CONFIG` for one of a whole cluster, which spreads commands and
 * messages over its nodes, and for one with options that the transport cannot work with.
 */
export function requireFit(client: Redis, database: number): void {
  const { options } = client
  const broken = !client.isCluster && brokenBy(options, database)
  if (broken) {
    client.disconnect()
    refuse('connect', broken)
  }
  if (!client.isCluster) return
  client.disconnect()
  refuse(
    'connect',
    'has made a client of a cluster: give its nodes as the url, and make a client of the one that is asked for',
  )
}

/** Checks the number of dead letters. Throws `SM_TRANSPORT_CONFIG`. */
export function toMaxDeadLetters({ maxDeadLetters = 10_000 }: RedisTransportOptions): number {
  if (!Number.isInteger(maxDeadLetters) || maxDeadLetters < 1) refuse('maxDeadLetters', 'is not an integer above 0')
  return maxDeadLetters
}

/** Options of a client that break the transport. */
function brokenBy(options: RedisOptions, database: number): string | undefined {
  for (const name of ['keyPrefix', 'commandTimeout', 'socketTimeout', 'blockingTimeout'] as const) {
    if (options[name]) return `has made a client with ${name}: ${refusedClientOptions[name]}`
  }
  for (const name of ['stringNumbers', 'readOnly', 'monitor', 'enableAutoPipelining'] as const) {
    if (options[name]) return `has made a client with ${name}: ${refusedClientOptions[name]}`
  }
  const made = options.db ?? 0
  return made === database
    ? undefined
    : `has made a client of database ${made}: name that in the url, which says ${database}`
}
