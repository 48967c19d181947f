import type { Transport, TransportChoice, TransportState } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { requireSome } from '../message/index.ts'
import { chooseTransports, type TransportsConfig } from '../registry/index.ts'
import type { RankedTransport } from '../sending/index.ts'
import { type AgentSettings, requireTimeout, type StopOptions } from '../settings/index.ts'
import type { Composition } from './compose.ts'
import { type DrainReport, drainTransport } from './drain-transport.ts'
import { joinTransport } from './join-transport.ts'
import { type MigrateOptions, type Migration, type MigrationReport, migrate } from './migrate.ts'
import { makeTransport, startTransports } from './open-transports.ts'

/** One transport, as the option `transports` of an agent takes it: a choice, a URL or a name. */
export type TransportEntry = Extract<TransportsConfig, readonly unknown[]>[number]

/** A transport of an agent. */
export interface AgentTransport {
  readonly name: string
  readonly state: TransportState
  /** Whether nothing new is sent there, since it is being drained or was. */
  readonly isDraining: boolean
}

/** A transport that is being drained. */
interface Leaving {
  /** Ends the drain. */
  readonly ends: AbortController
  readonly drained: Promise<DrainReport>
  removed: Promise<DrainReport> | undefined
}

/** The transports of a running agent: they come and go without a restart. */
export class AgentTransports {
  readonly #settings: AgentSettings
  readonly #parts: Composition
  /** Names of those that are being added. */
  readonly #coming = new Set<string>()
  readonly #leaving = new Map<string, Leaving>()
  /** Additions and migrations that are under way. */
  readonly #changes = new Set<Promise<unknown>>()
  readonly #stopped = new AbortController()

  /** The agent makes it. @internal */
  constructor(settings: AgentSettings, parts: Composition) {
    this.#settings = settings
    this.#parts = parts
  }

  /** Those that the agent has now, in the order of its ladder. */
  list(): readonly AgentTransport[] {
    return this.#parts.ladder.map(({ transport: { name, state } }) => ({
      ...{ name, state },
      isDraining: this.#leaving.has(name),
    }))
  }

  /**
   * Adds a transport: starts it, opens every subscription of the agent on it, says there that the agent is present, and sends by it from
   * then on, from its place on the ladder. When any of it fails, nothing of it is left, and the agent is as before.
   *
   * Rejects with `SM_TRANSPORT_CHANGE` where the agent has one of that name, `SM_TRANSPORT_START`, `SM_CAPABILITY_MISSING`, `SM_AGENT_STOPPED`
   * or as the option `transports` does.
   */
  async add(entry: TransportEntry): Promise<void> {
    const { signal } = this.#stopped
    signal.throwIfAborted()
    const [choice] = await chooseTransports([entry], [])
    await this.#track(this.#add(choice as TransportChoice, signal))
  }

  /**
   * Sends nothing new by a transport, waits until what was sent has been taken and what came has been handled, and closes what the agent
   * has open there. The transport stays started. What has not left moves to another. Idempotent. `timeoutMs`: default 10,000.
   *
   * Rejects with `SM_TRANSPORT_CHANGE` for one that the agent does not have, or the last that carries messages; with
   * `SM_CAPABILITY_MISSING` where messages are to be kept and no other keeps any; with `SM_ROUTE_POLICY` where the agent may use no other; with `SM_AGENT_OPTIONS` or `SM_AGENT_STOPPED`.
   */
  async drain(name: string, options: Omit<StopOptions, 'drain'> = {}): Promise<DrainReport> {
    return this.#inTime(options, signal => this.#leave(name, signal).drained)
  }

  /**
   * Drains a transport, unless `drain` is false, then stops and forgets it. Its stop has what is left of the time. Rejects as
   * {@link AgentTransports.drain} does, or with what its stop says; it is forgotten all the same.
   */
  async remove(name: string, { drain = true, ...options }: StopOptions = {}): Promise<DrainReport> {
    return this.#inTime(options, signal => {
      const leaving = this.#leave(name, drain ? signal : AbortSignal.abort())
      leaving.removed ??= this.#remove(name, leaving)
      return leaving.removed
    })
  }

  /**
   * Moves the agent from one transport to another, which takes its place on the ladder: adds `to`, unless the agent has it; waits until every
   * agent that is known on `from` is on `to` as well; sends nothing new by `from`; waits until nothing has come from there for `quietMs`; and
   * removes it. Agents of a fleet do so at the same time or one after the other.
   *
   * Rejects with `SM_WAIT_TIMEOUT`, or as `add` and `remove` do. The agent then goes on with both, and the same call goes on from there.
   */
  async migrate(from: string, to: TransportEntry, options: MigrateOptions = {}): Promise<MigrationReport> {
    const { signal } = this.#stopped
    signal.throwIfAborted()
    const [choice] = await chooseTransports([to], [])
    signal.throwIfAborted()
    const { definition } = choice as TransportChoice
    const old = this.#find(from)
    this.#requireOthers(from, definition)
    if (this.#parts.reporter.witness) throw this.#refusal(from, 'migrates already')
    const steps: Migration = {
      from: old.transport,
      to: definition.name,
      ended: signal,
      add: async ends => {
        const isThere = this.#parts.ladder.some(({ transport }) => transport.name === definition.name)
        // In its place on the ladder: just before it.
        if (!isThere) await this.#add(choice as TransportChoice, ends, old.rank - 0.5)
      },
      readmit: () => {
        if (!this.#leaving.has(from)) this.#parts.sender.wire(from)?.readmit()
      },
      remove: timeoutMs => this.remove(from, { timeoutMs }),
    }
    return this.#track(migrate(this.#settings, this.#parts, steps, options))
  }

  /** The agent stops: ends what is being added, and resolves once nothing of it is left. @internal */
  async close(error: unknown): Promise<void> {
    this.#stopped.abort(error)
    await Promise.allSettled(this.#changes)
  }

  async #track<T>(change: Promise<T>): Promise<T> {
    this.#changes.add(change)
    try {
      return await change
    } finally {
      this.#changes.delete(change)
    }
  }

  async #add(choice: TransportChoice, signal: AbortSignal, rank?: number): Promise<void> {
    signal.throwIfAborted()
    const { name } = choice.definition
    const isThere = this.#parts.ladder.some(({ transport }) => transport.name === name)
    if (isThere || this.#coming.has(name)) throw this.#refusal(name, `has a transport "${name}" already`)
    this.#coming.add(name)
    try {
      const made = makeTransport(choice, this.#settings)
      const ranked = rank === undefined ? made : { ...made, rank }
      await startTransports([ranked], this.#settings, signal)
      await joinTransport(ranked, this.#settings, this.#parts, signal)
    } finally {
      this.#coming.delete(name)
    }
  }

  /** The drain of a transport: begins it, or has `signal` end the one that is under way as well. */
  #leave(name: string, signal: AbortSignal): Leaving {
    let leaving = this.#leaving.get(name)
    if (!leaving) {
      const { transport } = this.#find(name)
      this.#requireOthers(name)
      const ends = new AbortController()
      // Before anything is waited for: of two that are drained at once, the second sees that it is the last.
      this.#parts.sender.wire(name)?.retire()
      leaving = { ends, drained: drainTransport(transport, this.#parts, ends.signal), removed: undefined }
      // Whoever calls is told; a stop that comes first is not in the way.
      leaving.drained.catch(() => undefined)
      this.#leaving.set(name, leaving)
    }
    const { ends } = leaving
    if (signal.aborted) ends.abort()
    else signal.addEventListener('abort', () => ends.abort(), { once: true })
    return leaving
  }

  async #remove(name: string, { drained, ends: { signal } }: Leaving): Promise<DrainReport> {
    const { ladder, sender } = this.#parts
    const { transport } = this.#find(name)
    try {
      return await drained
    } finally {
      try {
        await transport.stop({ drain: !signal.aborted, signal })
      } finally {
        // Its listeners go with it: nothing else holds it.
        sender.remove(name)
        ladder.splice(
          ladder.findIndex(other => other.transport === transport),
          1,
        )
        this.#leaving.delete(name)
      }
    }
  }

  /** Gives a drain its time. */
  async #inTime<T>({ timeoutMs = 10_000, signal }: StopOptions, drain: (ends: AbortSignal) => Promise<T>): Promise<T> {
    this.#stopped.signal.throwIfAborted()
    requireTimeout('timeoutMs', timeoutMs)
    const ends = new AbortController()
    const end = () => ends.abort()
    const cancel = this.#settings.clock.schedule(end, timeoutMs, { keepAlive: true })
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
    try {
      return await drain(ends.signal)
    } finally {
      cancel()
      signal?.removeEventListener('abort', end)
    }
  }

  #find(name: string): RankedTransport {
    const found = this.#parts.ladder.find(({ transport }) => transport.name === name)
    if (found) return found
    const names = this.#parts.ladder.map(({ transport }) => transport.name)
    throw this.#refusal(name, `has no transport "${name}", only ${names.join(', ')}`)
  }

  /** Throws unless the agent can do without a transport, given those that stay and the one that comes. */
  #requireOthers(name: string, coming?: Pick<Transport, 'name' | 'capabilities'>): void {
    const { ladder, sender, subscriptions } = this.#parts
    if (this.#find(name).transport.capabilities.publishOnly) return
    const stay = ladder.map(({ transport }) => transport).filter(each => sender.carriers.includes(each.name))
    const others = [...stay, ...(coming && !coming.capabilities.publishOnly ? [coming] : [])].filter(
      each => each.name !== name,
    )
    if (others.length === 0)
      throw this.#refusal(name, `has no transport but "${name}" that carries its messages: add another before`)
    subscriptions.requireDurable(others)
    const { id, route } = this.#settings
    if (!route) return
    requireSome(
      `the agent ${id}`,
      route,
      others.map(each => each.name),
    )
  }

  #refusal(transport: string, what: string) {
    return smError('SM_TRANSPORT_CHANGE', `The agent ${this.#settings.id} ${what}`, { details: { transport } })
  }
}
