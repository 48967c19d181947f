import { type Clock, defineTransport } from '@sm/core/transport'
import { type MeshOptions, MeshTransport, meshOptionNames } from '@sm/mesh'
import { capabilities } from './capabilities.ts'
import { connectToHub, toHubUrl, type WebSocketTlsOptions } from './client/connect.ts'
import { WebSocketDriver, type WebSocketDriverOptions } from './client/websocket-driver.ts'
import { websocketError } from './errors.ts'
import { type Hub, membershipOf } from './hub/hub.ts'
import { requireToken } from './protocol/proof.ts'

export type { WebSocketTlsOptions }

/** Options of the websocket transport. One of `url` and `hub` must be given. */
export interface WebSocketTransportOptions extends MeshOptions {
  /** Address of the hub: `wss://host/path`. No user, password or query: what is secret goes into `token`. */
  readonly url?: string
  /** A hub of this process, which its own agents need not reach over a socket. */
  readonly hub?: Hub
  /**
   * The secret that the agents of a hub share, 16 characters or more. Each side proves that it knows it; it is never sent.
   * Default `SM_WEBSOCKET_TOKEN`, else none.
   */
  readonly token?: string
  /** Certificates, for a `wss` hub with one of its own making. */
  readonly tls?: WebSocketTlsOptions
  /** Silence after which the hub, or a peer, is asked for a sign of life, in milliseconds. Default 5,000. */
  readonly heartbeatMs?: number
  /** Silence after which the connection to the hub, or a link, is given up, in milliseconds. Default 15,000. */
  readonly deadAfterMs?: number
}

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    websocket: WebSocketTransportOptions
  }
}

/** How to get to the hub, and what to prove there. */
function wayOf(
  { url, hub, tls, token }: WebSocketTransportOptions,
  clock: Clock,
): Pick<WebSocketDriverOptions, 'connect' | 'token'> {
  if (hub && url === undefined) {
    const { join, token: own } = membershipOf(hub)
    return { connect: async () => join(), token: own }
  }
  if (url !== undefined && !hub) {
    const address = toHubUrl(url)
    const shared = token ?? process.env.SM_WEBSOCKET_TOKEN
    requireToken(shared)
    return { connect: signal => connectToHub(address, tls ?? {}, clock, signal), token: shared }
  }
  throw websocketError('SM_WEBSOCKET_OPTIONS', 'Either url or hub has to be given', { details: { option: 'url' } })
}

/** The transport for agents that all can reach one hub, and not each other. */
export const websocket = defineTransport<WebSocketTransportOptions>({
  name: 'websocket',
  contract: '1.0',
  version: '0.1.0',
  // After what reaches a peer directly, before the brokers of a whole company.
  rank: 45,
  schemes: ['ws', 'wss'],
  capabilities,
  options: { ...meshOptionNames, url: true, hub: true, token: true, tls: true },
  fromUrl: url => ({ url: url.href }),
  create(options, context) {
    const { url: _url, hub: _hub, tls: _tls, token: _token, ...rest } = options
    const { heartbeatMs = 5_000, deadAfterMs = 15_000 } = rest
    const mesh = { ...rest, heartbeatMs, deadAfterMs }
    const driver = new WebSocketDriver({ ...wayOf(options, context.clock), mesh }, context)
    return new MeshTransport({ name: 'websocket', capabilities, driver }, mesh, context)
  },
})
