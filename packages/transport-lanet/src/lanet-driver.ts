import type { Socket } from 'node:net'
import { isSmError, type TransportContext } from '@sm/core/transport'
import {
  type Connection,
  type MeshDriver,
  type DiscoveryListener as MeshListener,
  type Sighting,
  wireMajor,
  wireMinor,
} from '@sm/mesh'
import type { Answer, Discovery, Probe, SeenPeer } from './discovery/discovery.ts'
import { lanetError } from './errors.ts'
import { type Credentials, type KeyOptions, openCredentials } from './keys/credentials.ts'
import { KnownPeers } from './known-peers.ts'
import { connect } from './link/connect.ts'
import { initiate } from './link/handshake.ts'
import { Listener } from './link/listener.ts'
import { LiveConnections } from './link/live-connections.ts'
import type { SecureConnection } from './link/secure-connection.ts'
import type { LinkSettings } from './options.ts'

export interface LanetDriverOptions {
  readonly links: LinkSettings
  readonly keys: KeyOptions
  /** Longest handshake, in milliseconds. */
  readonly handshakeMs: number
  /** Makes what finds others. */
  readonly discovery: (probe: Probe) => Discovery
}

/** Links over TCP, each mutually authenticated and encrypted before the mesh hears of it. */
export class LanetDriver implements MeshDriver {
  readonly #options: LanetDriverOptions
  readonly #context: TransportContext
  readonly #discovery: Discovery
  readonly #connections: LiveConnections
  #credentials: Credentials | undefined
  #listener: Listener | undefined
  #port = 0
  #known: KnownPeers | undefined
  #onFault: (error: unknown) => void = () => {}
  #unlisten = () => {}

  constructor(options: LanetDriverOptions, context: TransportContext) {
    this.#options = options
    this.#context = context
    this.#connections = new LiveConnections(context, options.links)
    this.#discovery = options.discovery((address, signal) => this.#probe(address, signal))
  }

  async listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void> {
    const { links, keys, handshakeMs } = this.#options
    const { clock } = this.#context
    this.#onFault = onFault
    const credentials = await openCredentials(keys)
    this.#credentials = credentials
    this.#listener = new Listener(
      { ...links, handshakeMs },
      {
        clock,
        credentials,
        self: this.#self(),
        entered: (socket, proof) => accept(this.#connections.adopt(socket, proof)),
        fault: onFault,
      },
    )
    this.#port = await this.#listener.open()
    this.#unlisten = credentials.trusted?.onChange(() => this.#trustChanged()) ?? this.#unlisten
  }

  async discover(listener: MeshListener): Promise<void> {
    const { namespace, agent, instance } = this.#context
    const { fingerprint, network } = this.#keys()
    const known = new KnownPeers(this.#keys(), listener)
    this.#known = known
    const wire = `${wireMajor}.${wireMinor}`
    await this.#discovery.start(
      { namespace, agent, instance, wire, fingerprint, network, port: this.#port },
      {
        found: peer => known.found(peer),
        lost: lost => known.lost(lost),
        fault: error => this.#onFault(error),
      },
    )
  }

  async dial({ instance, agent }: Sighting, signal: AbortSignal): Promise<Connection> {
    let addresses = this.#known?.addresses(instance).slice(0, maxAddresses) ?? []
    for (;;) {
      const { address, socket } = await connect(addresses, this.#context.clock, signal)
      try {
        return await this.#handshake(socket, { agent, instance }, signal)
      } catch (error) {
        socket.destroy()
        addresses = addresses.filter(other => other !== address)
        this.#known?.failed(instance, address)
        // Another machine may have got the address meanwhile; the peer may still be at another.
        if (addresses.length > 0 && !signal.aborted && isSmError(error)) continue
        if (isSmError(error) && !error.retryable) this.#known?.refused(instance)
        throw error
      }
    }
  }

  forget({ instance }: Sighting): void {
    this.#discovery.forget(instance)
  }

  /** The agents that have been seen on the network, trusted or not. */
  seen(): readonly SeenPeer[] {
    return this.#discovery.discover()
  }

  /** Facts for people and dashboards. */
  details(): Readonly<Record<string, number | string>> {
    return { port: this.#port, fingerprint: this.#credentials?.fingerprint ?? '', ...this.#listener?.counts }
  }

  async close(): Promise<void> {
    this.#unlisten()
    await this.#discovery.close()
    this.#listener?.close()
  }

  #keys(): Credentials {
    return this.#credentials as Credentials
  }

  async #handshake(
    socket: Socket,
    expected: Pick<Sighting, 'agent' | 'instance'>,
    signal: AbortSignal,
  ): Promise<SecureConnection> {
    const proof = await initiate(socket, this.#keys(), { ...this.#self(), probe: false }, signal)
    const { agent, instance } = proof.claim
    if (agent !== expected.agent || instance !== expected.instance) {
      const what = `Where ${expected.agent}/${expected.instance} was expected is ${agent}/${instance}`
      throw lanetError('SM_LANET_IDENTITY', what)
    }
    return this.#connections.adopt(socket, proof)
  }

  async #probe(address: string, signal: AbortSignal): Promise<Answer> {
    const { socket } = await connect([address], this.#context.clock, signal)
    try {
      const { claim, fingerprint } = await initiate(socket, this.#keys(), { ...this.#self(), probe: true }, signal)
      const { namespace, agent, instance } = claim
      return { namespace, agent, instance, fingerprint }
    } finally {
      socket.destroy()
    }
  }

  #self() {
    const { namespace, agent, instance } = this.#context
    return { namespace, agent, instance }
  }

  #trustChanged(): void {
    const { trusted } = this.#keys()
    this.#connections.endUnless(publicKey => trusted?.has(publicKey) !== false)
    this.#known?.judgeAgain()
  }
}

/** Most addresses of one peer that are tried. */
const maxAddresses = 16
