import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type Channel, createChannelPair, fromWebSocket } from '../channel.ts'
import { websocketError } from '../errors.ts'
import { maxPacketBytes, subprotocol } from '../protocol/packet.ts'
import { GuestList } from './guest-list.ts'
import { type HubOptions, type HubSettings, toHubSettings } from './options.ts'

export type { HubOptions }

/** Where a hub listens that has a server of its own. */
export interface HubListenOptions {
  /** TCP port; 0 takes any that is free. */
  readonly port: number
  /** Address to listen on. Default `127.0.0.1`: this machine alone. */
  readonly host?: string
  /** Path of its URL. Default `/`. */
  readonly path?: string
}

/** The part of a hub that agents of this process use. */
interface Membership {
  readonly join: () => Channel
  readonly token: string | undefined
}

const memberships = new WeakMap<Hub, Membership>()

/** A place that agents reach from wherever they are, and that relays between them. It keeps nothing. */
export interface Hub extends AsyncDisposable {
  /**
   * Listens on a port of its own, without TLS: for this machine, or behind something that ends TLS. Resolves with the URL.
   * Rejects with `SM_WEBSOCKET_LISTEN`.
   */
  listen(options: HubListenOptions): Promise<string>
  /** Answers at a path of a server that is there, of `node:http` or `node:https`. Other paths stay that server's. */
  attach(server: Server | SecureServer, options?: { readonly path?: string }): void
  /** Counts for people and dashboards: guests, pending handshakes, streams, faults. */
  readonly health: Readonly<Record<string, number>>
  /** Sends everyone away, and leaves nothing open; servers that it was attached to stay. Idempotent. */
  close(): Promise<void>
}

/** Makes a hub. Throws `SM_WEBSOCKET_OPTIONS`. */
export function createHub(options: HubOptions = {}): Hub {
  const settings = toHubSettings(options)
  const hub = new WebSocketHub(settings)
  memberships.set(hub, { join: () => hub.join(), token: settings.token })
  return hub
}

/** How an agent gets into a hub of its own process. Throws a `TypeError` for what is no hub. */
export function membershipOf(hub: Hub): Membership {
  const membership = memberships.get(hub)
  if (!membership) throw new TypeError('The option hub is not what createHub() has made')
  return membership
}

class WebSocketHub implements Hub {
  readonly #guests: GuestList
  readonly #settings: HubSettings
  readonly #sockets: WebSocketServer
  readonly #own = new Set<Server>()
  readonly #detach = new Set<() => void>()
  #isClosed = false

  constructor(settings: HubSettings) {
    this.#settings = settings
    this.#guests = new GuestList(settings)
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxPacketBytes,
      handleProtocols: offered => (offered.has(subprotocol) ? subprotocol : false),
    })
  }

  get health() {
    return this.#guests.health
  }

  join(): Channel {
    if (this.#isClosed) throw websocketError('SM_WEBSOCKET_UNREACHABLE', 'The hub of this process is closed')
    const [near, far] = createChannelPair()
    this.#guests.receive(far)
    return near
  }

  listen({ port, host = '127.0.0.1', path = '/' }: HubListenOptions): Promise<string> {
    const server = createServer((_, response) => response.writeHead(426, { connection: 'close' }).end())
    this.#own.add(server)
    this.attach(server, { path })
    return new Promise((resolve, reject) => {
      server.once('error', cause => {
        this.#own.delete(server)
        reject(websocketError('SM_WEBSOCKET_LISTEN', `The port ${port} of ${host} cannot be opened`, { cause }))
      })
      // Not shared among the workers of a cluster: each would have some of the agents, and none would see all.
      server.listen({ port, host, exclusive: true }, () => {
        const { address, family, port: taken } = server.address() as AddressInfo
        resolve(`ws://${family === 'IPv6' ? `[${address}]` : address}:${taken}${path}`)
      })
    })
  }

  attach(server: Server | SecureServer, { path = '/' }: { readonly path?: string } = {}): void {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const url = URL.parse(request.url ?? '', 'ws://hub')
      if (url?.pathname === path) this.#upgrade(request, socket, head)
      // Another server may answer there, which is no hub.
      else if (isLastHub(server, onUpgrade)) refuse(socket, '404 Not Found')
    }
    server.on('upgrade', onUpgrade)
    const hubs = listeners.get(server) ?? new Set()
    listeners.set(server, hubs.add(onUpgrade))
    this.#detach.add(() => {
      server.off('upgrade', onUpgrade)
      hubs.delete(onUpgrade)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const detach of this.#detach) detach()
    this.#detach.clear()
    this.#guests.close()
    const closing = [...this.#own].map(server => new Promise(resolve => server.close(resolve)))
    for (const server of this.#own) server.closeAllConnections()
    this.#own.clear()
    await Promise.all(closing)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { origin } = request.headers
    const offered = request.headers['sec-websocket-protocol']?.split(',').map(name => name.trim())
    // A page that is open in somebody's browser is not that somebody.
    if (origin !== undefined && !this.#settings.origins.includes(origin)) refuse(socket, '403 Forbidden')
    else if (!offered?.includes(subprotocol)) refuse(socket, '400 Bad Request')
    else if (!this.#guests.hasRoom) refuse(socket, '503 Service Unavailable')
    else {
      this.#sockets.handleUpgrade(request, socket, head, websocket => {
        this.#guests.receive(fromWebSocket(websocket, this.#settings.clock))
      })
    }
  }
}

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** The hubs of each server that several share, in the order in which the server asks them. */
const listeners = new WeakMap<Server | SecureServer, Set<UpgradeListener>>()

/** Whether nobody answers after this hub: all who listen are hubs, and it is the last of them. */
function isLastHub(server: Server | SecureServer, listener: UpgradeListener): boolean {
  const hubs = [...(listeners.get(server) ?? [])]
  return hubs.at(-1) === listener && server.listenerCount('upgrade') === hubs.length
}

function refuse(socket: Duplex, status: string): void {
  // An error on the way out is the other side's loss.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
