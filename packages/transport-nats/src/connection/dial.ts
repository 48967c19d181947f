import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import {
  type Authenticator,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  nkeyAuthenticator,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node'
import { brokerError } from '@sm/brokered'
import { describeThrown, isSmError, type SmError } from '@sm/core/transport'
import { formatHost, type NatsCredentials, type NatsHost, type NatsSettings, type NatsTlsOptions } from '../options.ts'
import { probeServer } from './probe-server.ts'

export interface DialOptions extends Pick<NatsSettings, 'credentials' | 'tls' | 'inboxPrefix'> {
  readonly heartbeatMs: number
  readonly deadAfterMs: number
  readonly connectTimeoutMs: number
  /** The name of the connection in the monitoring of the server. */
  readonly label: string
}

const utf8 = new TextEncoder()

async function authenticator(given: NatsCredentials): Promise<Authenticator | undefined> {
  const { user, password, token, nkeySeed, credentialsFile } = given
  const credentials = credentialsFile === undefined ? given.credentials : await read(credentialsFile)
  if (credentials !== undefined) return tried(credsAuthenticator(utf8.encode(credentials)))
  if (nkeySeed !== undefined) return tried(nkeyAuthenticator(utf8.encode(nkeySeed)))
  if (token !== undefined) return tokenAuthenticator(token)
  return user === undefined ? undefined : usernamePasswordAuthenticator(user, password)
}

/** It was there when the transport was made. */
async function read(credentialsFile: string): Promise<string> {
  try {
    return await readFile(credentialsFile, 'utf8')
  } catch (cause) {
    throw brokerError('SM_BROKER_AUTH', 'The credentials file cannot be read any more', { cause })
  }
}

/** An authenticator that can sign: one that cannot would fail in the middle of the connection. Its errors show no key. */
function tried(authenticate: Authenticator): Authenticator {
  try {
    authenticate('try')
    return authenticate
  } catch (cause) {
    const what = `The nkey seed or the credentials file is not valid: ${describeThrown(cause)}`
    throw brokerError('SM_BROKER_AUTH', what)
  }
}

function toTls(tls: NatsTlsOptions, { hostname }: NatsHost): TlsOptions {
  const { ca, cert, key, insecure, handshakeFirst } = tls
  const serverName = tls.serverName ?? (isIP(hostname) ? undefined : hostname)
  const options = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(insecure && { rejectUnauthorized: false }),
    ...(handshakeFirst && { handshakeFirst: true }),
  }
  // The client passes on what Node takes, and declares less.
  return options as TlsOptions
}

/** How often a silent connection is tried, and how many tries may go unanswered, so that it is given up within `deadAfterMs`. */
function heartbeats({ heartbeatMs, deadAfterMs }: DialOptions) {
  const pingInterval = Math.max(1, Math.min(heartbeatMs, Math.floor(deadAfterMs / 2)))
  return { pingInterval, maxPingOut: Math.max(1, Math.floor(deadAfterMs / pingInterval) - 1) }
}

/** How many bytes the client collects before it writes within a turn: an option that it has, and does not declare. */
const buffering: object = { pendingLimit: 262_144 }

const isTlsCode = (code: unknown) =>
  typeof code === 'string' && /^(ERR_(SSL|TLS)|EPROTO|CERT_|DEPTH_|UNABLE_TO_|SELF_)/.test(code)

/** The client's error of a connection that failed, as an error of ours. The client's errors hold no secrets. */
function toConnectError(cause: unknown, host: NatsHost): SmError {
  if (isSmError(cause)) return cause
  const at = formatHost(host)
  const details = { host: at }
  const { code } = cause as { code?: unknown }
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
    return brokerError('SM_BROKER_AUTH', `The NATS server at ${at} refuses the credentials`, { details, cause })
  }
  if (isTlsCode(code) || (cause instanceof Error && cause.message.includes("'tls'"))) {
    const why = typeof code === 'string' ? code : 'the server does not offer it'
    return brokerError('SM_BROKER_TLS', `No encrypted connection to ${at}: ${why}`, { details, cause })
  }
  const what = `The connection to the NATS server at ${at} failed`
  return brokerError('SM_BROKER_UNREACHABLE', what, { details, cause })
}

/** Connects to one server, once. Rejects with a coded error or the signal's reason, and leaves nothing open then. */
export async function dial(host: NatsHost, options: DialOptions, signal: AbortSignal): Promise<NatsConnection> {
  const { connectTimeoutMs: timeoutMs, tls, inboxPrefix, label, credentials } = options
  await probeServer(host, { timeoutMs, silent: tls?.handshakeFirst === true, signal })
  try {
    const auth = await authenticator(credentials)
    const connection = await connect({
      servers: formatHost(host),
      name: label,
      reconnect: false,
      timeout: timeoutMs,
      inboxPrefix,
      noAsyncTraces: true,
      ignoreClusterUpdates: true,
      // Node takes the address that answers; the client would try them in any order, and tell of the last.
      resolve: false,
      ...buffering,
      ...heartbeats(options),
      ...(auth && { authenticator: auth }),
      ...(tls && { tls: toTls(tls, host) }),
    })
    if (!signal.aborted) return connection
    await connection.close()
  } catch (error) {
    signal.throwIfAborted()
    throw toConnectError(error, host)
  }
  throw signal.reason
}
