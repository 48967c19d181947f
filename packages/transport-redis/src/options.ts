import type { ConnectionOptions } from 'node:tls'
import type { BrokeredOptions } from '@sm/brokered'
import { smError } from '@sm/core/transport'
import type { Redis, RedisOptions } from 'ioredis'
import type { ConnectionRole } from './connection.ts'

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
  /** Further options of ioredis, such as `sentinels` and `name`. Reconnecting and queueing are the transport's own. */
  readonly client?: RedisOptions
  /** Makes each connection, for what the other options cannot say; `server` is where one is wanted, which differs in a cluster. */
  readonly connect?: (role: ConnectionRole, server: RedisServer) => Redis
  /** Most dead letters that are kept; the oldest go first, approximately. Default 10,000. */
  readonly maxDeadLetters?: number
}

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
  const { url = 'redis://localhost:6379', client = {} } = options
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
        // Who asks for encryption means what the sentinels name, too.
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

/** Throws `SM_TRANSPORT_CONFIG` for a client of a whole cluster, which spreads commands and messages over its nodes. */
export function requireSingle(client: Redis): void {
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
