import { readFileSync } from 'node:fs'
import type { BrokeredOptions } from '@sm/brokered'
import { smError } from '@sm/core/transport'

/** How the connection is encrypted. */
export interface NatsTlsOptions {
  /** Certificates of the authorities that are trusted, as PEM. Default: those of Node. */
  readonly ca?: string
  /** Certificate of this client, as PEM. */
  readonly cert?: string
  /** Private key of this client, as PEM. */
  readonly key?: string
  /** Name that the certificate of the server must have. Default: the host of the URL. */
  readonly serverName?: string
  /** Accepts any certificate: for tests only. Default false. */
  readonly insecure?: boolean
  /** Encrypts from the first byte, as a server with `handshake_first` wants it. Default false. */
  readonly handshakeFirst?: boolean
}

/** Options of the NATS transport. All have defaults. */
export interface NatsTransportOptions extends BrokeredOptions {
  /** A server, or several of one cluster: `nats://user:password@host:4222`. Default `nats://127.0.0.1:4222`. */
  readonly url?: string | readonly string[]
  /** Name to log in with, where the URL has none. */
  readonly user?: string
  /** Password to log in with, where the URL has none. */
  readonly password?: string
  /** Token to log in with, in place of name and password. */
  readonly token?: string
  /** Seed of an nkey, `SU…`. */
  readonly nkeySeed?: string
  /** A credentials file with a JWT and its seed, from the root. Read for each connection: it may be renewed meanwhile. */
  readonly credentialsFile?: string
  /** The text of such a file, where a store of secrets has it. */
  readonly credentials?: string
  /** True asks for an encrypted connection with default settings. A URL of the scheme `natss` does so too. */
  readonly tls?: boolean | NatsTlsOptions
  /** How many servers of a cluster keep each frame; used when the stream is made. Default 1. */
  readonly replicas?: number
  /** Most bytes that the stream of the namespace may take; used when the stream is made. Default: what the account allows. */
  readonly maxStreamBytes?: number
  /** The prefix of the subjects of replies, where a user may not subscribe to others. Default `_INBOX`. */
  readonly inboxPrefix?: string
}

/** One server. */
export interface NatsHost {
  readonly hostname: string
  readonly port: number
}

/** The credentials of this side. */
export interface NatsCredentials {
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  readonly nkeySeed?: string | undefined
  readonly credentialsFile?: string | undefined
  /** The text of a credentials file. */
  readonly credentials?: string | undefined
}

/** The options that concern NATS alone, checked, with every default filled in. */
export interface NatsSettings {
  readonly hosts: readonly NatsHost[]
  readonly credentials: NatsCredentials
  readonly tls: NatsTlsOptions | undefined
  readonly replicas: number
  readonly maxStreamBytes: number
  readonly inboxPrefix: string
}

const defaultPort = 4222
const schemes = new Set(['nats:', 'natss:', 'tls:'])
const PREFIX = /^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*$/

function refuse(option: string, why: string, cause?: unknown): never {
  const what = `The option ${option} of the transport "nats" ${why}`
  throw smError('SM_TRANSPORT_CONFIG', what, { details: { transport: 'nats', option }, cause })
}

function parseUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `nats://${text}`)
  // Nothing of the text is shown: a password may stand anywhere in what is no URL.
  if (!url || !schemes.has(url.protocol) || url.hostname === '') refuse('url', 'is not a URL such as nats://host:4222')
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    refuse('url', 'has more than a user, a host and a port')
  }
  return url
}

/** The credentials in the user part of a URL. Alone, it is a token. */
function credentialsOf({ username, password }: URL): NatsCredentials | undefined {
  if (username === '') return undefined
  try {
    const user = decodeURIComponent(username)
    return password === '' ? { token: user } : { user, password: decodeURIComponent(password) }
  } catch {
    return refuse('url', 'has a user or password that is not percent-encoded')
  }
}

function requireFile(file: string): void {
  try {
    readFileSync(file)
  } catch (cause) {
    refuse('credentialsFile', 'names a file that cannot be read', cause)
  }
}

function requireText(options: NatsTransportOptions): void {
  for (const name of ['user', 'password', 'token', 'nkeySeed', 'credentialsFile', 'credentials'] as const) {
    const value = options[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) refuse(name, 'is not a text')
  }
}

function integer(
  name: 'replicas' | 'maxStreamBytes',
  value: number | undefined,
  fallback: number,
  most: number,
): number {
  if (value === undefined) return fallback
  if (!Number.isInteger(value) || value < 1 || value > most) refuse(name, `is not an integer of 1 to ${most}`)
  return value
}

/** Checks the options and fills in the defaults. Throws `SM_TRANSPORT_CONFIG`. */
export function toNatsSettings(options: NatsTransportOptions): NatsSettings {
  const { url = `nats://127.0.0.1:${defaultPort}`, tls, inboxPrefix = '_INBOX' } = options
  const urls = (typeof url === 'string' ? [url] : [...url]).map(parseUrl)
  if (urls.length === 0) refuse('url', 'names no server')
  requireText(options)
  if (!PREFIX.test(inboxPrefix)) refuse('inboxPrefix', 'is not a subject')
  const { user, password, token, nkeySeed, credentialsFile, credentials } = options
  const given = { user, password, token, nkeySeed, credentialsFile, credentials }
  const isGiven = [user, token, nkeySeed, credentialsFile, credentials].some(value => value !== undefined)
  if (credentialsFile !== undefined) requireFile(credentialsFile)
  const encrypted = tls === true || typeof tls === 'object' || urls.some(({ protocol }) => protocol !== 'nats:')
  return {
    hosts: urls.map(toHost),
    credentials: isGiven ? given : (urls.map(credentialsOf).find(Boolean) ?? {}),
    tls: typeof tls === 'object' ? tls : encrypted ? {} : undefined,
    replicas: integer('replicas', options.replicas, 1, 5),
    maxStreamBytes: integer('maxStreamBytes', options.maxStreamBytes, -1, Number.MAX_SAFE_INTEGER),
    inboxPrefix,
  }
}

function toHost({ hostname, port }: URL): NatsHost {
  return { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? defaultPort : Number(port) }
}

/** The options that a URL stands for. Further servers are named by `?server=host:port`, as often as there are any. */
export function fromUrl(url: URL): NatsTransportOptions {
  const others = url.searchParams.getAll('server')
  for (const name of url.searchParams.keys()) {
    if (name !== 'server') refuse('url', `has the unknown parameter ${JSON.stringify(name.slice(0, 40))}`)
  }
  const own = new URL(url)
  own.search = ''
  return { url: [own.href, ...others.map(host => `${url.protocol}//${host}`)] }
}

/** `host:port`, for people to read. */
export function formatHost({ hostname, port }: NatsHost): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`
}
