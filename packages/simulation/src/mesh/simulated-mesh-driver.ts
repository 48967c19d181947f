import { abortable } from '@sm/core/transport'
import type { Connection, DiscoveryListener, MeshDriver, Self, Sighting } from '@sm/mesh'
import { simulationError } from '../errors.ts'
import { ConduitEnd } from '../network/conduit.ts'
import type { Endpoint } from '../network/endpoint.ts'
import type { Network } from '../network/network.ts'
import { MeshConnection } from './mesh-connection.ts'
import type { Segment } from './segment.ts'

/** Listener, dialler and discovery of one process on the simulated network. */
export class SimulatedMeshDriver implements MeshDriver {
  readonly #network: Network
  readonly #segment: Segment
  readonly #endpoint: Endpoint
  readonly #self: Self

  constructor(network: Network, segment: Segment, endpoint: Endpoint, self: Self) {
    this.#network = network
    this.#segment = segment
    this.#endpoint = endpoint
    this.#self = self
  }

  async listen(accept: (connection: Connection) => void): Promise<void> {
    const { agent, instance } = this.#self
    this.#segment.enter({ sighting: { agent, instance, location: instance }, endpoint: this.#endpoint, accept })
  }

  async discover(listener: DiscoveryListener): Promise<void> {
    this.#segment.watch(this.#self.instance, { endpoint: this.#endpoint, listener })
  }

  dial(sighting: Sighting, signal: AbortSignal): Promise<Connection> {
    const network = this.#network
    const here = this.#endpoint
    const dialling = new Promise<Connection>((resolve, reject) => {
      const there = this.#segment.station(sighting.location)
      if (!there) return reject(nobody(sighting))
      network.reach(here.host, there.endpoint.host, () => {
        const isThere = there.endpoint.isAlive && this.#segment.station(sighting.location) === there
        if (!here.isAlive) return
        const [near, far] = ConduitEnd.pair<Buffer>(network, here, there.endpoint)
        if (isThere) there.accept(new MeshConnection(this.#self.instance, far))
        network.reach(there.endpoint.host, here.host, () => {
          if (!isThere) reject(nobody(sighting))
          if (!isThere || signal.aborted) near.destroy()
          else resolve(new MeshConnection(sighting.instance, near))
        })
      })
    })
    return abortable(dialling, signal)
  }

  forget({ location }: Sighting): void {
    const station = this.#segment.station(location)
    if (station && !station.endpoint.isAlive) this.#segment.leave(location)
  }

  async close(): Promise<void> {
    this.#segment.unwatch(this.#self.instance)
    this.#segment.leave(this.#self.instance)
  }
}

function nobody({ agent, instance }: Sighting) {
  return simulationError('SM_SIMULATION_UNREACHABLE', `Nobody answers for ${agent}/${instance}`)
}
