import { type BrokeredSettings, brokerError } from '@sm/brokered'
import { type Capabilities, type Clock, type Evidence, type Random, sleep } from '@sm/core/transport'
import { Redis, type RedisOptions } from 'ioredis'
import { capabilitiesOf, unfitness } from './capabilities.ts'
import { Connection } from './connection/connection.ts'
import { inspect, type ServerFacts } from './connection/server-facts.ts'
import { StreamReader } from './connection/stream-reader.ts'
import type { Queue } from './consuming/queue.ts'
import { SessionHeartbeat } from './consuming/session-heartbeat.ts'
import type { Subscriber } from './consuming/subscriber.ts'
import { fromConnect, fromDriver, redisError } from './errors.ts'
import { lastsMs } from './groups/membership.ts'
import type { ConnectionRole } from './options.ts'
import { type RedisTransportOptions, requireFit, type Target } from './options.ts'
import type { Session } from './session.ts'
import type { Argument } from './wire/command.ts'
import type { Names } from './wire/names.ts'
import type { Reply } from './wire/reply.ts'
import { type Script, scripts, wakeScript } from './wire/scripts/index.ts'

/** How often a server is asked whether it has read its data, in milliseconds. */
const loadingMs = 50

/** Three connections: for commands, for messages, and for waiting. When one of them ends, so do all. */
export class OpenSession implements Session {
  readonly member: string
  readonly where: string
  readonly commands: Connection
  readonly subscriber: Connection
  readonly reader: StreamReader
  readonly #deps: SessionDeps
  readonly #isFirst: boolean
  readonly #all: readonly Connection[]
  #facts: ServerFacts | undefined
  #capabilities: Capabilities | undefined
  #keeper: SessionHeartbeat | undefined
  #isOver = false
  #serverAheadMs = 0
  #error: unknown
  #onEnd: ((error: unknown) => void) | undefined

  constructor(deps: SessionDeps, { where, server, client }: Target, member: string, isFirst: boolean) {
    const { options, settings, clock, names, instance } = deps
    const { heartbeatMs, deadAfterMs, connectTimeoutMs } = settings
    const watch = { clock, heartbeatMs, deadAfterMs, connectTimeoutMs }
    const connect = (role: ConnectionRole) => {
      const made = options.connect?.(role, server)
      if (made) requireFit(made, client.db ?? 0)
      const own = made ?? new Redis({ ...client, ...ownOptions(deps, role), replyMapping: 'legacy' })
      return new Connection(own, where, watch, error => this.#lost(error))
    }
    this.#deps = deps
    this.#isFirst = isFirst
    this.member = member
    this.where = where
    this.commands = connect('commands')
    this.subscriber = connect('subscriber')
    const waiting = connect('reader')
    this.#all = [this.commands, this.subscriber, waiting]
    this.reader = new StreamReader({
      connection: waiting,
      commands: this.commands,
      wakeKey: names.wake(instance),
      member,
      clock,
      random: deps.random,
      // Its pings stand behind the wait.
      blockMs: Math.max(20, Math.floor(Math.min(heartbeatMs, deadAfterMs - heartbeatMs) / 2)),
      repair: () => this.#repair(),
    })
  }

  get capabilities(): Capabilities {
    return this.#capabilities as Capabilities
  }

  get hasStreams(): boolean {
    return this.#capabilities?.delivery['at-least-once'] !== undefined
  }

  get evidence(): Evidence {
    return this.#capabilities?.delivery['at-least-once'] ?? 'accepted'
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Opens the connections. Rejects with a coded error, also when the server is less than it was. */
  async open(signal: AbortSignal, before: Capabilities | undefined): Promise<void> {
    await Promise.all(this.#all.map(connection => connection.open(signal)))
    // A node of a cluster that has no keys of the namespace says who has them.
    const asked = this.commands.call('EXISTS', [this.#deps.names.version])
    const [facts] = await Promise.all([this.#inspect(signal), asked])
    this.#facts = facts
    this.#requirePrimary(facts)
    this.#capabilities = capabilitiesOf(facts)
    this.#requireSame(before)
    const { names, instance, settings, subscriber } = this.#deps
    await this.#compareClocks()
    await Promise.all(scripts.map(({ body }) => this.commands.call('SCRIPT', ['LOAD', body])))
    if (this.hasStreams) await this.run(wakeScript, [names.wake(instance)], [lastsMs(settings)])
    await subscriber.open(this.subscriber, this.member)
  }

  /** Throws why the session has ended, if it has. */
  requireOpen(): void {
    if (this.#isOver) throw this.#error
  }

  /** Tells what the server lacks. */
  warn(): void {
    const lack = this.#facts && unfitness(this.#facts)
    if (lack === undefined) return
    const what = `Redis at ${this.where} cannot keep what is to arrive at least once: ${lack}`
    this.#deps.onFault(redisError('SM_REDIS_UNSAFE', what, { details: { transport: 'redis', where: this.where } }))
  }

  /** From here on its end is told. */
  begin(onEnd: (error: unknown) => void): void {
    const { deadAfterMs } = this.#deps.settings
    const isCalm = this.#isFirst && (this.#facts?.upMs ?? 0) > deadAfterMs
    this.#keeper = new SessionHeartbeat(this.#deps, this, isCalm ? 0 : deadAfterMs)
    this.#keeper.start()
    this.#onEnd = onEnd
    if (this.#isOver) onEnd(this.#error)
    else if (this.hasStreams) void this.reader.run()
  }

  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply> {
    return this.commands.run(script, keys, args)
  }

  /** A queue is bound that is not there. */
  drop(queue: string): void {
    this.#keeper?.drop(queue).catch(error => {
      if (!this.#isOver) this.#deps.onFault(fromDriver(error, this.where, `remove ${queue}`))
    })
  }

  /** Removes what is this side's alone, and ends. */
  async farewell(): Promise<void> {
    const { names, instance } = this.#deps
    this.reader.end()
    this.#keeper?.stop()
    // Keys that are not removed now go when their time is over.
    if (!this.#isOver) {
      await this.commands.call('DEL', [names.producer(instance), names.wake(instance)]).catch(() => undefined)
    }
    this.end()
  }

  /** Ends all connections without a word. Idempotent. */
  end(): void {
    this.#isOver = true
    this.#keeper?.stop()
    this.reader.end()
    for (const connection of this.#all) connection.end()
  }

  #lost(error: unknown): void {
    if (this.#isOver) return
    this.#error = error
    this.end()
    this.#onEnd?.(error)
  }

  async #inspect(signal: AbortSignal): Promise<ServerFacts> {
    const { clock, settings } = this.#deps
    const until = clock.elapsed() + settings.connectTimeoutMs
    for (;;) {
      const facts = await inspect(this.commands)
      if (!facts.loading) return facts
      if (clock.elapsed() >= until) throw fromConnect(new RangeError('it is still reading its data'), this.where)
      await sleep(clock, loadingMs, signal)
    }
  }

  #requirePrimary({ isReplica }: ServerFacts): void {
    if (!isReplica) return
    const what = `Redis at ${this.where} is a replica, which takes nothing: connect to its primary, or by its sentinels`
    throw brokerError('SM_BROKER_UNFIT', what, { details: { transport: 'redis', where: this.where } })
  }

  /** Capabilities that were promised to users at the start hold for as long as the transport lives. */
  #requireSame(before: Capabilities | undefined): void {
    if (!before) return
    const level = before.delivery['at-least-once']
    const now = this.#capabilities?.delivery['at-least-once']
    if (level === undefined || level === now || now === 'persisted') return
    const lack = (this.#facts && unfitness(this.#facts)) ?? 'appendfsync is no longer "always"'
    const what = `Redis at ${this.where} does less than it did when the transport was started: ${lack}`
    throw brokerError('SM_BROKER_UNFIT', what, { details: { transport: 'redis', where: this.where } })
  }

  /** The stream by which the reader is woken is not there as it was. */
  async #repair(): Promise<void> {
    const { names, instance, settings } = this.#deps
    await this.run(wakeScript, [names.wake(instance)], [lastsMs(settings)])
    await this.#keeper?.beat()
  }

  /** How late it is on the server, by a clock of this side that is never set. */
  get serverNow(): number {
    return this.#deps.clock.elapsed() + this.#serverAheadMs
  }

  /** Compares the clocks: how old an entry is, its server says. */
  async #compareClocks(): Promise<void> {
    const { clock } = this.#deps
    const before = clock.elapsed()
    const [seconds, micros] = (await this.commands.call('TIME', [])) as readonly Buffer[]
    const middle = (before + clock.elapsed()) / 2
    this.#serverAheadMs = Number(String(seconds)) * 1_000 + Number(String(micros)) / 1_000 - middle
  }
}

/** Dependencies that every session of a transport shares. */
export interface SessionDeps {
  readonly options: RedisTransportOptions
  readonly names: Names
  readonly clock: Clock
  readonly random: Random
  readonly agent: string
  readonly instance: string
  readonly settings: BrokeredSettings
  readonly subscriber: Subscriber
  readonly queues: () => Iterable<Queue>
  readonly onFault: (error: unknown) => void
}

/** Options of a client that the transport decides: it connects again by itself, and queues nothing. */
function ownOptions({ settings, agent, instance }: SessionDeps, role: ConnectionRole): RedisOptions {
  return {
    lazyConnect: true,
    connectTimeout: settings.connectTimeoutMs,
    disconnectTimeout: 100,
    keepAlive: settings.heartbeatMs,
    noDelay: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectionName: `${agent}/${instance}:${role}`,
  }
}
