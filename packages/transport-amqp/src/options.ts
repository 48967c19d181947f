import type { SecureContextOptions } from 'node:tls'
import { type BrokeredOptions, type BrokeredSettings, toBrokeredSettings } from '@sm/brokered'
import { smError } from '@sm/core/transport'

/** How the connection is encrypted. */
export interface AmqpTlsOptions extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'> {
  /** The name that the certificate of the server must have. Default: the host. */
  readonly servername?: string
  /** False takes any certificate: for tests. Default true. */
  readonly rejectUnauthorized?: boolean
}

/** Options of the AMQP transport. All have defaults. */
export interface AmqpTransportOptions extends BrokeredOptions {
  /**
   * `amqp://user:password@host:port/vhost`, or `amqps:`, or several for the nodes of one cluster: the next is tried when one does not
   * answer. What it says can be given apart, too. Default `amqp://localhost`.
   */
  readonly url?: string | readonly string[]
  /** Default: that of the URL, or of the first that has one, else `guest`. */
  readonly user?: string
  /** Default: that of the URL, else `guest`. */
  readonly password?: string
  /** The virtual host. Default: that of the URL, else `/`. */
  readonly vhost?: string
  /** How the connection is encrypted, with an `amqps:` URL. Default: by the authorities that Node trusts. */
  readonly tls?: AmqpTlsOptions
  /**
   * Kind of the queues. `quorum` replicates them over a cluster. All members of a group must agree. Default `classic`.
   */
  readonly queues?: 'classic' | 'quorum'
}

/** Where and as whom to connect. */
export interface Server {
  readonly protocol: 'amqp' | 'amqps'
  readonly hostname: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly vhost: string
  readonly tls: AmqpTlsOptions
  /** For people: `host:port`. */
  readonly host: string
}

/** {@link AmqpTransportOptions} with every default filled in. */
export interface AmqpSettings extends BrokeredSettings {
  /** All that may be connected to, of which one is enough. */
  readonly servers: readonly [Server, ...Server[]]
  readonly queues: 'classic' | 'quorum'
  /** Heartbeats of AMQP are in whole seconds. A connection that is silent for three of them is dead. */
  readonly heartbeatSeconds: number
}

/** {@link AmqpSettings} for a connection to one of the servers. */
export interface ServerSettings extends AmqpSettings {
  readonly server: Server
}

function refuse(option: string, why: string): never {
  const details = { transport: 'amqp', option }
  throw smError('SM_TRANSPORT_CONFIG', `The option ${option} of the transport "amqp" ${why}`, { details })
}

function textOf(option: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  return refuse(option, 'is not a text')
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    // The error of the engine would show the part, which may be a password.
    return refuse('url', 'has a part that is not percent-encoded as it should be')
  }
}

function parse(url: unknown): URL {
  const parsed = URL.parse(textOf('url', url) as string) ?? refuse('url', 'is no URL')
  const { protocol, pathname, search, hash } = parsed
  if (protocol !== 'amqp:' && protocol !== 'amqps:') refuse('url', 'does not begin with amqp: or amqps:')
  if (search !== '' || hash !== '') refuse('url', 'has a query or fragment: give options as options')
  if (pathname.indexOf('/', 1) >= 0) refuse('url', 'has more than a virtual host after the host: encode "/" as %2F')
  return parsed
}

function toServers(options: AmqpTransportOptions): readonly [Server, ...Server[]] {
  const { url = 'amqp://localhost', tls = {} } = options
  if (typeof tls !== 'object' || tls === null) refuse('tls', 'is not an object')
  const urls = (Array.isArray(url) ? url : [url]).map(parse)
  // Facts that one URL gives of us, the others need not repeat.
  const named = urls.find(({ username, password }) => username !== '' || password !== '')
  const user = textOf('user', options.user) ?? decoded(named?.username ?? '') ?? 'guest'
  const password = textOf('password', options.password) ?? decoded(named?.password ?? '') ?? 'guest'
  const path = urls.find(({ pathname }) => pathname.length > 1)?.pathname ?? ''
  const vhost = textOf('vhost', options.vhost) ?? decoded(path.slice(1)) ?? '/'
  const [first, ...others] = urls.map(({ protocol, hostname, port }) => {
    const name = hostname.replace(/^\[|\]$/g, '') || 'localhost'
    const at = port === '' ? (protocol === 'amqps:' ? 5671 : 5672) : Number(port)
    const host = `${name.includes(':') ? `[${name}]` : name}:${at}`
    const where = { protocol: protocol === 'amqps:' ? 'amqps' : 'amqp', hostname: name, port: at, host } as const
    return { ...where, user, password, vhost, tls }
  })
  return first ? [first, ...others] : refuse('url', 'names no server')
}

/** The options that a URL stands for. Further nodes of a cluster are named by `?server=host:port`, as often as there are any. */
export function fromUrl(url: URL): AmqpTransportOptions {
  const others = url.searchParams.getAll('server')
  for (const name of url.searchParams.keys()) {
    if (name !== 'server') refuse('url', `has the unknown parameter ${JSON.stringify(name.slice(0, 40))}`)
  }
  const own = new URL(url)
  own.search = ''
  return { url: others.length === 0 ? own.href : [own.href, ...others.map(host => `${url.protocol}//${host}`)] }
}

/** Three heartbeats pass before a silent connection counts as dead. */
const beats = 3

/** Checks the options and fills in the defaults. Throws `SM_TRANSPORT_CONFIG`. */
export function toAmqpSettings(options: AmqpTransportOptions): AmqpSettings {
  const { queues = 'classic' } = options
  if (queues !== 'classic' && queues !== 'quorum') refuse('queues', 'is neither "classic" nor "quorum"')
  const settings = toBrokeredSettings('amqp', options)
  const { heartbeatMs, deadAfterMs } = settings
  const heartbeatSeconds = Math.floor(Math.min(heartbeatMs, deadAfterMs / beats) / 1_000)
  if (deadAfterMs < beats * 1_000) refuse('deadAfterMs', 'is shorter than 3 seconds, three heartbeats of AMQP')
  return { ...settings, servers: toServers(options), queues, heartbeatSeconds: Math.max(1, heartbeatSeconds) }
}
