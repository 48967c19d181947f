import type { DeduplicationStore } from '@sm/core'
import {
  type Clock,
  createSeededRandom,
  diagnostics,
  fraction,
  type Random,
  type SettleEvent,
} from '@sm/core/transport'
import { HostClock } from './clock/host-clock.ts'
import type { WorldTime } from './clock/threads.ts'
import { simulationError } from './errors.ts'
import { applyFaults } from './faults/apply-faults.ts'
import type { FaultTargets } from './faults/begin-fault.ts'
import { drawFaults } from './faults/draw-faults.ts'
import type { History } from './history/history.ts'
import { Recorder } from './history/recorder.ts'
import type { Endpoint } from './network/endpoint.ts'
import { Network } from './network/network.ts'
import type { SimulationSettings } from './options.ts'
import type { AgentProcess } from './processes/agent-process.ts'
import type { AgentSpec } from './processes/agent-spec.ts'
import { ownStore, SharedStore } from './processes/guarded-store.ts'
import { hostOf, Replica, type StoreSource } from './processes/replica.ts'
import type { OpenWire } from './wire.ts'

/** The wall clock of every run begins here, so that ids are the same in each. */
export const startMs = Date.UTC(2026, 0, 1)
/** Agents start one after the other, within so many milliseconds. */
const startWithinMs = 500
/** How often it is looked how much waits, in milliseconds. */
const gaugeMs = 1_000
/** How long what a dead process had begun is kept from others of its store, in milliseconds. */
const leaseMs = 1_000

/** Hosts, wires and agents of one run. */
export class World {
  readonly #time: WorldTime
  readonly recorder: Recorder
  readonly #settings: SimulationSettings
  readonly #network: Network
  readonly #wires = new Map<string, OpenWire>()
  readonly #replicas = new Map<string, Replica>()
  readonly #thrown: Array<{ readonly error: unknown; readonly agent: string }> = []

  constructor(settings: SimulationSettings, time: WorldTime) {
    this.#settings = settings
    this.#time = time
    const { seed, delayMs } = settings
    const random = createSeededRandom(seed)
    const branch = () => createSeededRandom(random.uint32())
    this.recorder = new Recorder(time)
    this.#network = new Network({ clock: time, threads: time, random: branch(), delayMs })
    for (const [name, wire] of Object.entries(settings.wires)) {
      const wiped = () => this.recorder.wiped(name)
      this.#wires.set(name, wire.open({ name, clock: time, random: branch(), network: this.#network, wiped }))
    }
    let site = 0
    for (const spec of settings.agents) {
      for (let index = 0; index < (spec.instances ?? 1); index++) this.#addReplica(spec, index, site++, branch())
    }
    this.#plan(branch())
  }

  /** What faults can strike. */
  get targets(): FaultTargets {
    const opened = [...this.#wires.values()]
    const servers = new Map(opened.flatMap(({ server }) => (server ? [[server.host, server]] : [])))
    return { clock: this.#time, network: this.#network, recorder: this.recorder, replicas: this.#replicas, servers }
  }

  /** What the code of agents has thrown. */
  get thrown() {
    return this.#thrown
  }

  /** The processes whose agents have started and still run. */
  get processes(): readonly AgentProcess[] {
    return [...this.#replicas.values()].flatMap(({ process }) => process ?? [])
  }

  /** Lets the time of the run pass, and returns what has happened. */
  async run(): Promise<History> {
    const { durationMs, recoveryMs } = this.#settings
    const onSettle = (event: unknown) => this.#settled(event as SettleEvent)
    diagnostics.settle.subscribe(onSettle)
    try {
      this.#gauge()
      await this.#time.runUntil(durationMs)
      await this.#readGauges()
      for (const replica of this.#replicas.values()) replica.lookAround()
      const servers = [...this.#wires].flatMap(([name, { server }]) => (server ? [name] : []))
      return this.recorder.history({ recoveryMs, servers })
    } finally {
      diagnostics.settle.unsubscribe(onSettle)
    }
  }

  /** Ends all processes. */
  close(): void {
    for (const replica of this.#replicas.values()) replica.close()
  }

  #addReplica(spec: AgentSpec, index: number, place: number, random: Random): void {
    const { skew, sites, seed } = this.#settings
    const spread = (most: number) => Math.round((fraction(random) * 2 - 1) * most)
    const names = spec.wires ?? [...this.#wires.keys()]
    const clock = this.#time.of(hostOf(spec, index))
    const replica = new Replica({
      ...{ spec, index, random, network: this.#network, recorder: this.recorder, world: clock },
      // A namespace for each run: what is shared within the real process is not shared among runs.
      namespace: `simulation-${seed}`,
      clock: new HostClock(clock, { offsetMs: spread(skew.offsetMs), driftPpm: spread(skew.driftPpm) }),
      store: this.#storeOf(spec),
      choices: endpoint => names.map(name => this.#wire(name).choice({ endpoint, site: place % sites })),
      partOf: name => this.#wire(name).partAt?.(place % sites) ?? '',
      threw: (error, agent) => this.#thrown.push({ error, agent }),
    })
    this.#replicas.set(replica.host, replica)
    clock.schedule(() => replica.start(), fraction(random) * startWithinMs)
  }

  #wire(name: string): OpenWire {
    return this.#wires.get(name) as OpenWire
  }

  readonly #sharedStores = new Map<AgentSpec, StoreSource>()

  #storeOf(spec: AgentSpec): StoreSource {
    const { createStore } = this.#settings
    if (spec.deduplication !== 'shared') {
      const numbers = new Map<Endpoint, number>()
      return {
        for(endpoint: Endpoint, clock: Clock): DeduplicationStore {
          numbers.set(endpoint, numbers.size)
          return ownStore(createStore, clock, endpoint)
        },
        name: endpoint => `${endpoint.host} ${numbers.get(endpoint)}`,
      }
    }
    let source = this.#sharedStores.get(spec)
    if (!source) {
      const thing = `the store of ${spec.id}`
      const touch = () => this.#time.touch(thing)
      const shared = new SharedStore({ createStore, clock: this.#time.of(thing), leaseMs, touch })
      source = { for: endpoint => shared.for(endpoint), name: () => `shared by ${spec.id}` }
      this.#sharedStores.set(spec, source)
    }
    return source
  }

  #plan(random: Random): void {
    const { targets } = this
    const all = [...targets.replicas.keys(), ...targets.servers.keys()]
    const { hosts: wanted = all, ...faults } = this.#settings.faults
    const stray = wanted.find(host => !all.includes(host))
    if (stray !== undefined) {
      const text = `There is no host "${stray}" for faults to strike (there are ${all.join(', ')})`
      throw simulationError('SM_SIMULATION_OPTIONS', text, { details: { option: 'faults' } })
    }
    const hosts = wanted.filter(host => targets.replicas.has(host))
    const servers = wanted.filter(host => targets.servers.has(host))
    applyFaults(drawFaults({ ...faults, random, hosts, servers }), targets)
  }

  #settled({ outcome, reason, agent, instance, header }: SettleEvent): void {
    if (outcome !== 'reject' || !this.processes.some(process => process.agent.instance === instance)) return
    this.recorder.rejected({ agent, instance, id: header.id, reason })
  }

  #gauge(): void {
    this.#time.of('gauges').schedule(() => {
      void this.#readGauges()
      this.#gauge()
    }, gaugeMs)
  }

  async #readGauges(): Promise<void> {
    for (const [name, wire] of this.#wires) {
      for (const [gauge, value] of Object.entries(wire.gauges())) this.recorder.gauge(`the wire ${name}`, gauge, value)
    }
    for (const replica of this.#replicas.values()) await replica.gauge()
  }
}
