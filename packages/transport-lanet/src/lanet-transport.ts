import type { CloseOptions, SignalOptions, TransportContext } from '@sm/core/transport'
import { MeshTransport, toMeshSettings } from '@sm/mesh'
import { capabilities } from './capabilities.ts'
import { createDiscovery } from './discovery/create-discovery.ts'
import type { Discovery, Probe } from './discovery/discovery.ts'
import { type LanPeer, putOnMap, toMap } from './discovery/topology.ts'
import { LanetDriver } from './lanet-driver.ts'
import { type LanetTransportOptions, toLinkSettings } from './options.ts'

/** Agents of the machines of a LAN, over links that are authenticated and encrypted. */
export class LanetTransport extends MeshTransport {
  readonly #driver: LanetDriver
  readonly #instance: string
  #leaveMap = () => {}

  /** Throws `SM_LANET_OPTIONS` or `SM_MESH_OPTIONS`. `discovery` is given by tests that need no network. */
  constructor(
    options: LanetTransportOptions,
    context: TransportContext,
    discovery: (probe: Probe) => Discovery = probe => createDiscovery(options, context, probe),
  ) {
    const mesh = { maxFrameBytes: capabilities.maxFrameBytes, ...options }
    const { handshakeMs } = toMeshSettings(mesh)
    const driver = new LanetDriver({ links: toLinkSettings(options), keys: options, handshakeMs, discovery }, context)
    super({ name: 'lanet', capabilities, driver }, mesh, context)
    this.#driver = driver
    this.#instance = context.instance
  }

  /** The agent at the other end: a claim, where there is no link to prove it. */
  discover(): readonly LanPeer[] {
    return toMap(this.#driver.seen(), this.links())
  }

  override async start(options?: SignalOptions): Promise<void> {
    await super.start(options)
    this.#leaveMap()
    this.#leaveMap = putOnMap(this.#instance, () => this.discover())
  }

  override stop(options?: CloseOptions): Promise<void> {
    this.#leaveMap()
    return super.stop(options)
  }
}
