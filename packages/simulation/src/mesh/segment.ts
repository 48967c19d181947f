import type { Connection, DiscoveryListener, Sighting } from '@sm/mesh'
import type { Endpoint } from '../network/endpoint.ts'
import type { Network } from '../network/network.ts'

/** A process that can be dialled. */
export interface Station {
  readonly sighting: Sighting
  readonly endpoint: Endpoint
  accept(connection: Connection): void
}

/** A process that is told who is there. */
export interface Watcher {
  readonly endpoint: Endpoint
  readonly listener: DiscoveryListener
}

/** What is known of who is there, as events touch it. */
const discovery = 'discovery'

/** The processes that find each other: those of one wire at one site. */
export class Segment {
  readonly #network: Network
  readonly #goneAfterMs: number
  readonly #stations = new Map<string, Station>()
  readonly #watchers = new Map<string, Watcher>()

  constructor(network: Network, goneAfterMs: number) {
    this.#network = network
    this.#goneAfterMs = goneAfterMs
  }

  station(location: string): Station | undefined {
    this.#network.threads.touch(discovery)
    return this.#stations.get(location)
  }

  /** A process can be dialled from now on: the others hear of it as soon as anything passes. */
  enter(station: Station): void {
    const { sighting, endpoint } = station
    this.#network.threads.touch(discovery)
    this.#stations.set(sighting.instance, station)
    for (const watcher of this.#watchers.values()) {
      this.#tell(endpoint, watcher, () => {
        if (this.#stations.has(sighting.instance)) watcher.listener.found(sighting)
      })
    }
    // Nobody says goodbye for a process that was killed: it is missed after a while.
    endpoint.onEnd(() => {
      this.#network.threads.touch(discovery)
      const clock = this.#network.threads.of(discovery)
      clock.schedule(() => this.leave(sighting.instance), this.#goneAfterMs)
    })
  }

  /** A process cannot be dialled any more. */
  leave(instance: string): void {
    this.#network.threads.touch(discovery)
    const station = this.#stations.get(instance)
    if (!station) return
    this.#stations.delete(instance)
    for (const watcher of this.#watchers.values()) {
      this.#tell(station.endpoint, watcher, () => watcher.listener.lost(instance))
    }
  }

  /** Tells a process of everybody who is there now, and of changes from now on. */
  watch(instance: string, watcher: Watcher): void {
    this.#network.threads.touch(discovery)
    this.#watchers.set(instance, watcher)
    watcher.endpoint.onEnd(() => this.unwatch(instance))
    for (const { sighting, endpoint } of this.#stations.values()) {
      if (this.#network.isOpen(endpoint.host, watcher.endpoint.host)) watcher.listener.found(sighting)
      else this.#tell(endpoint, watcher, () => watcher.listener.found(sighting))
    }
  }

  unwatch(instance: string): void {
    this.#network.threads.touch(discovery)
    this.#watchers.delete(instance)
  }

  #tell(from: Endpoint, { endpoint }: Watcher, tell: () => void): void {
    this.#network.reach(from.host, endpoint.host, () => {
      if (endpoint.isAlive) tell()
    })
  }
}
