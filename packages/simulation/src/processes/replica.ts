import { type Agent, createAgent, type DeduplicationStore } from '@sm/core'
import { type Clock, createSeededRandom, type Random, type TransportChoice } from '@sm/core/transport'
import type { HostClock } from '../clock/host-clock.ts'
import { ProcessClock } from '../clock/process-clock.ts'
import type { ProcessRecord } from '../history/history.ts'
import type { Recorder } from '../history/recorder.ts'
import { type Death, Endpoint } from '../network/endpoint.ts'
import type { Network, Undo } from '../network/network.ts'
import { type AgentProcess, sleeper } from './agent-process.ts'
import type { AgentSpec } from './agent-spec.ts'
import { placesOf } from './places.ts'
import { recordAgent } from './record-agent.ts'
import { DirectoryRecorder } from './record-directory.ts'

/** How long a process waits that could not start, before it is started again, in milliseconds. */
const startAgainMs = 500
/** How long a stop may take to finish what was taken on, in milliseconds. */
const stopTimeoutMs = 10_000

/** A process that runs. */
interface Running {
  readonly endpoint: Endpoint
  readonly clock: ProcessClock
  readonly stopping: AbortController
  agent?: Agent
  record?: ProcessRecord
  directory?: DirectoryRecorder
  process?: AgentProcess
  /** Its code has run, as far as it does at the start. */
  hasStarted?: boolean
}

/** One instance of an agent over the whole run: its host, and its processes, one after the other. */
export class Replica {
  readonly host: string
  readonly index: number
  readonly spec: AgentSpec
  readonly #deps: ReplicaDeps
  #running: Running | undefined
  #starts = 0
  #blocked: Undo | undefined

  constructor(deps: ReplicaDeps) {
    this.#deps = deps
    this.spec = deps.spec
    this.index = deps.index
    this.host = hostOf(deps.spec, deps.index)
  }

  get clock(): HostClock {
    return this.#deps.clock
  }

  /** The process that runs, once its agent has started. */
  get process(): AgentProcess | undefined {
    return this.#running?.process
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Whether its process has not done yet what its code does at the start. */
  get isStarting(): boolean {
    return this.#running !== undefined && !this.#running.hasStarted
  }

  /** Starts a process, unless one runs. */
  start(): void {
    if (this.#running) return
    this.#blocked?.()
    this.#blocked = undefined
    const running: Running = {
      endpoint: new Endpoint(this.host),
      clock: new ProcessClock(this.#deps.clock),
      stopping: new AbortController(),
    }
    this.#running = running
    this.#starts += 1
    void this.#begin(running)
  }

  /** The process ends, without a word. With `powerless` its host does, too. */
  crash(death: Death): void {
    const running = this.#running
    if (!running) return
    this.#end(running, death, death === 'killed' ? 'crashed' : 'lost-power')
    if (death === 'powerless') {
      this.#blocked = this.#deps.network.block((from, to) => from === this.host || to === this.host)
    }
  }

  /** The process finishes what it has taken on, and leaves. */
  async stop(): Promise<void> {
    const running = this.#running
    const { agent, clock } = running ?? {}
    if (!running || !agent || !clock || running.stopping.signal.aborted) return
    const startedAt = clock.elapsed()
    running.stopping.abort()
    const { abandoned, handedBack } = await agent.stop({ timeoutMs: stopTimeoutMs })
    const isWhole = abandoned === 0 && handedBack === 0 && clock.elapsed() - startedAt < stopTimeoutMs
    // What was sent last leaves the host after the process has ended.
    if (this.#running === running) this.#end(running, 'killed', isWhole ? 'left' : 'cut-short')
  }

  /** The run is over: nothing of the process goes on, and nothing more is written down. */
  close(): void {
    this.#running?.clock.end()
    this.#running?.endpoint.end('killed')
  }

  /** Writes down whom the directory names now. */
  lookAround(): void {
    if (!this.#running?.stopping.signal.aborted) this.#running?.directory?.look()
  }

  /** Writes down how much waits in the process. */
  async gauge(): Promise<void> {
    const { agent } = this.#running ?? {}
    if (!agent || this.#running?.stopping.signal.aborted) return
    const { transports, unsettled, outbox } = await agent.health()
    const { recorder } = this.#deps
    recorder.gauge(agent.instance, 'unsettled deliveries', unsettled)
    recorder.gauge(agent.instance, 'outbox', outbox.messages)
    for (const [wire, { details }] of Object.entries(transports)) {
      for (const name of ['waiting', 'queued', 'inFlight']) {
        const value = details[name]
        if (typeof value === 'number') recorder.gauge(agent.instance, `${wire} ${name}`, value)
      }
    }
  }

  async #begin(running: Running): Promise<void> {
    const { spec, recorder, random, namespace, choices, partOf, store } = this.#deps
    const { endpoint, clock, stopping } = running
    const transports = choices(endpoint)
    let agent: Agent
    try {
      agent = await createAgent(spec.id, {
        ...spec.options,
        ...{ namespace, clock, logger: 'silent', transports },
        random: createSeededRandom(random.uint32()),
        deduplication: store.for(endpoint, clock),
      })
    } catch (error) {
      if (!endpoint.isAlive) return
      recorder.note({ agent: spec.id, instance: this.host, text: `did not start: ${codeOf(error)}` })
      endpoint.end('killed')
      clock.end()
      if (this.#running !== running) return
      this.#running = undefined
      this.#deps.world.schedule(() => this.start(), startAgainMs)
      return
    }
    if (!endpoint.isAlive) return
    running.agent = agent
    const places = placesOf(transports, spec.options?.presence, partOf)
    running.record = recorder.started({
      ...{ agent: spec.id, instance: agent.instance, host: this.host, store: store.name(endpoint), places },
    })
    recordAgent(agent, recorder, endpoint, running.record)
    if (Object.keys(places).length > 0) {
      running.directory = new DirectoryRecorder(agent, recorder, endpoint)
      void running.directory.follow()
    }
    const { signal } = stopping
    const process: AgentProcess = {
      ...{ agent, index: this.index, restarts: this.#starts - 1, clock, signal },
      random: createSeededRandom(random.uint32()),
      sleep: sleeper(clock, signal),
      note: text => recorder.note({ agent: spec.id, instance: agent.instance, text }),
    }
    running.process = process
    try {
      await spec.run(process)
    } catch (error) {
      if (endpoint.isAlive && error !== signal.reason) this.#deps.threw(error, spec.id)
    }
    running.hasStarted = true
  }

  #end(running: Running, death: Death, end: NonNullable<ProcessRecord['end']>): void {
    this.#running = undefined
    running.clock.end()
    running.endpoint.end(death)
    if (!running.record) return
    this.#deps.recorder.ended(running.record, end)
    this.#deps.recorder.forgetGauges(running.record.instance)
  }
}

/** The host of one instance of an agent. */
export function hostOf({ id }: AgentSpec, index: number): string {
  return `${id}-${index}`
}

function codeOf(error: unknown): string {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  return String(code ?? message)
}

/** Where the processes of a replica remember what they have handled. */
export interface StoreSource {
  for(endpoint: Endpoint, clock: Clock): DeduplicationStore
  /** A text that two processes share only if they share the store. */
  name(endpoint: Endpoint): string
}

/** Dependencies of a replica. */
export interface ReplicaDeps {
  readonly spec: AgentSpec
  readonly index: number
  readonly namespace: string
  readonly world: Clock
  readonly clock: HostClock
  readonly random: Random
  readonly network: Network
  readonly recorder: Recorder
  readonly store: StoreSource
  readonly choices: (endpoint: Endpoint) => readonly TransportChoice[]
  /** The part of a wire in which its host is: it meets those in the same. */
  readonly partOf: (wire: string) => string
  /** The code of an agent threw. */
  readonly threw: (error: unknown, agent: string) => void
}
