import { abortable, type Clock } from '@sm/core/transport'
import type { Connection } from '../src/connection.ts'
import type { DiscoveryListener, MeshDriver, Self, Sighting } from '../src/driver.ts'
import { meshError } from '../src/errors.ts'
import { calm, createWire, type End, type Faults } from './memory-wire.ts'

interface Station {
  readonly sighting: Sighting
  readonly accept: (connection: Connection) => void
}

/** A network in memory, with faults that a test decides. */
export class MemoryNet {
  readonly faults: Faults = calm()
  /** While true nobody can be called. */
  down = false
  /** While true calls are not answered, and end with their signals. */
  silent = false
  /** While true a call ends for good: the two do not fit. */
  final = false
  /** Calls so far, as `caller → called`. */
  readonly calls: string[] = []
  readonly forgotten: string[] = []
  readonly #clock: Clock
  readonly #stations = new Map<string, Station>()
  readonly #watchers = new Map<string, DiscoveryListener>()
  readonly #wires = new Set<End>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Wires that are open. */
  get wires(): readonly End[] {
    return [...this.#wires].filter(end => !end.destroyed)
  }

  /** Where those who listen are called. */
  get locations(): readonly string[] {
    return [...this.#stations.keys()]
  }

  /** Every hand-over takes so long from now on. */
  delay(ms: number): void {
    this.faults.soon = callback => void this.#clock.schedule(callback, ms)
  }

  /** Calls a station without being one. */
  dial(location: string): End {
    const [near, far] = createWire('stranger', location, this.faults)
    this.#stations.get(location)?.accept(far)
    return near
  }

  /** Holds everything back. */
  stall(): void {
    this.faults.stalled = true
  }

  /** Lets go of what was held back. */
  flow(): void {
    this.faults.stalled = false
    for (const end of this.#wires) for (const side of [end, end.other]) side.pump()
  }

  /** Ends every wire, with what is under way. */
  cut(): void {
    for (const end of this.wires) end.cut()
    this.#wires.clear()
  }

  /** Tells everybody of everybody, again. */
  announce(): void {
    for (const watcher of this.#watchers.values()) {
      for (const { sighting } of this.#stations.values()) watcher.found(sighting)
    }
  }

  /** The middle of the network is gone, or back. */
  sever(severed: boolean): void {
    for (const watcher of this.#watchers.values()) watcher.severed?.(severed)
  }

  /** A process dies: its wires end, and its name stays. */
  kill(instance: string): void {
    this.#watchers.delete(instance)
    const station = this.#stations.get(instance)
    if (station) this.#stations.set(instance, { ...station, accept: connection => connection.destroy() })
  }

  driver({ agent, instance }: Self): MeshDriver {
    return {
      listen: async accept => {
        const sighting = { agent, instance, location: instance }
        this.#stations.set(instance, { sighting, accept })
        for (const watcher of this.#watchers.values()) watcher.found(sighting)
      },
      discover: async listener => {
        this.#watchers.set(instance, listener)
        for (const { sighting } of this.#stations.values()) listener.found(sighting)
      },
      dial: async ({ location }, signal) => {
        this.calls.push(`${instance} → ${location}`)
        await new Promise(setImmediate)
        signal.throwIfAborted()
        if (this.silent) await abortable(new Promise<never>(() => {}), signal)
        if (this.final) throw meshError('SM_MESH_VERSION', 'A test says so')
        const station = this.#stations.get(location)
        if (this.down || !station) throw new Error(`nobody at ${location}`)
        const [near, far] = createWire(instance, location, this.faults)
        this.#wires.add(near)
        station.accept(far)
        return near
      },
      forget: ({ location }) => void this.forgotten.push(location),
      close: async () => {
        this.#watchers.delete(instance)
        if (!this.#stations.delete(instance)) return
        for (const watcher of this.#watchers.values()) watcher.lost(instance)
      },
    }
  }
}
