import { brokerError } from '@sm/brokered'
import type { Clock } from '@sm/core/transport'
import type { Channel, ChannelModel } from 'amqplib'
import { type Connection, openConnection } from './connection/connection.ts'
import { lostError, requestError } from './errors.ts'
import type { ServerSettings } from './options.ts'
import { FrameWriter } from './wire/frame-writer.ts'
import type { Names } from './wire/names.ts'

/** The parts that hear of the events of a session. */
export interface SessionHost {
  /** It is over. Told once. */
  lost(session: Session, error: unknown): void
  /** The broker takes nothing for the moment, or again. */
  blocked(isBlocked: boolean): void
  /** Somebody finds that a place which had a queue has none: whoever consumes looks whether its own are there. */
  look(): void
}

/** Objects, of up to 128 KiB each, that a channel buffers before it is full. */
const highWaterMark = 128

/** Longest time of a farewell, in milliseconds. */
const farewellMs = 1_000

/**
 * A pair of connections: one publishes, the other consumes, because a broker that is short of memory stops reading from who
 * publishes, and acks must go on. When one is lost, both are.
 */
export class Session {
  /** The name of the server as it gives it: `RabbitMQ 3.10.8`. */
  readonly server: string
  /** The version of RabbitMQ as a number, 3.010; 0 where it is something else. */
  readonly version: number
  /** Writes what users publish. */
  readonly writer: FrameWriter
  readonly #deps: SessionDeps
  readonly #publishing: Connection
  readonly #consuming: Connection
  readonly #over = Promise.withResolvers<never>()
  #isOver = false
  #canAsk = false
  #error: unknown

  private constructor(deps: SessionDeps, publishing: Connection, consuming: Connection) {
    this.#deps = deps
    this.#publishing = publishing
    this.#consuming = consuming
    this.#over.promise.catch(() => undefined)
    this.writer = FrameWriter.of(publishing.model)
    const { product, version } = publishing.model.connection.serverProperties
    this.server = `${product} ${version}`
    const [major = 0, minor = 0] = String(version).split('.').map(Number)
    this.version = product === 'RabbitMQ' ? major + minor / 1_000 : 0
    for (const { model } of [publishing, consuming]) {
      model.on('error', error => {
        this.#error ??= error
      })
      model.on('close', error => this.#end(error))
    }
    publishing.model.on('blocked', () => deps.host.blocked(true))
    publishing.model.on('unblocked', () => deps.host.blocked(false))
  }

  /** Connects and declares the exchanges. Throws coded errors, and leaves nothing open then. */
  static async open(deps: SessionDeps, signal: AbortSignal): Promise<Session> {
    const { settings, title } = deps
    const both = await Promise.allSettled(
      ['publish', 'consume'].map(role => openConnection(settings, `${title} ${role}`, signal)),
    )
    const [publishing, consuming] = both.map(result => (result.status === 'fulfilled' ? result.value : undefined))
    if (!publishing || !consuming) {
      publishing?.destroy()
      consuming?.destroy()
      throw both.find(result => result.status === 'rejected')?.reason
    }
    const session = new Session(deps, publishing, consuming)
    try {
      session.#requireFit()
      await session.declareExchanges()
      await session.#hearLooks()
      return session
    } catch (error) {
      session.destroy()
      throw error
    }
  }

  /** The largest frame that the server takes, in bytes. */
  get frameMax(): number {
    return this.writer.frameMax
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** A channel that publishes, with confirms or without. */
  publisher(confirms: boolean): Promise<Channel> {
    const { model } = this.#publishing
    return confirms ? model.createConfirmChannel({ highWaterMark }) : model.createChannel({ highWaterMark })
  }

  /** A channel that consumes. */
  consumer(): Promise<Channel> {
    return this.#consuming.model.createChannel()
  }

  /** Runs requests on a channel of their own: a refused one ends its channel. */
  async ask<T>(name: string, requests: (channel: Channel) => Promise<T>): Promise<T> {
    const asking = async () => {
      const channel = await this.#consuming.model.createChannel()
      channel.on('error', () => undefined)
      const answer = await requests(channel)
      await channel.close()
      return answer
    }
    try {
      // The driver may leave open what was asked of a connection that is destroyed.
      return await Promise.race([asking(), this.#over.promise])
    } catch (error) {
      throw requestError(error, name)
    }
  }

  async declareExchanges(): Promise<void> {
    const { topics, inboxes, onceTopics, onceInboxes } = this.#deps.names
    await this.ask(topics, channel =>
      Promise.all([
        ...[topics, onceTopics].map(name => channel.assertExchange(name, 'topic', { durable: true })),
        ...[inboxes, onceInboxes].map(name => channel.assertExchange(name, 'direct', { durable: true })),
      ]),
    )
  }

  /** Whether all who consume can be asked to look. */
  get canAsk(): boolean {
    return this.#canAsk
  }

  /** A queue that goes with this session, for what is asked of all who consume. A user who may do no more than publish has none. */
  async #hearLooks(): Promise<void> {
    const { names, id, host } = this.#deps
    const hearing = async () => {
      const channel = await this.consumer()
      // A refusal ends the channel, and is told below.
      channel.on('error', () => undefined)
      await channel.assertExchange(names.looks, 'fanout', { durable: true })
      const { queue } = await channel.assertQueue(names.ears(id), { exclusive: true, autoDelete: true })
      await channel.bindQueue(queue, names.looks, '')
      await channel.consume(queue, () => host.look(), { noAck: true })
    }
    try {
      await Promise.race([hearing(), this.#over.promise])
      this.#canAsk = true
    } catch (error) {
      // Without it there is still the look of every heartbeat.
      if (this.#isOver) throw requestError(error, names.looks)
    }
  }

  /** Ends both connections in good order, and in any case soon. */
  async close(): Promise<void> {
    this.#isOver = true
    const farewell = ({ model }: { model: ChannelModel }) => model.close().catch(() => undefined)
    const done = Promise.all([farewell(this.#publishing), farewell(this.#consuming)])
    const late = Promise.withResolvers<void>()
    const cancel = this.#deps.clock.schedule(late.resolve, farewellMs, { keepAlive: true })
    await Promise.race([done, late.promise])
    cancel()
    this.destroy()
  }

  /** Ends both connections at once. */
  destroy(): void {
    this.#isOver = true
    this.#over.reject(lostError(this.#error))
    this.#publishing.destroy()
    this.#consuming.destroy()
  }

  #end(error: unknown): void {
    if (this.#isOver) return
    this.destroy()
    this.#deps.host.lost(this, this.#error ?? error)
  }

  #requireFit(): void {
    const { settings } = this.#deps
    const { capabilities = {} } = this.#publishing.model.connection.serverProperties as { capabilities?: object }
    const { host } = settings.server
    const needed = ['publisher_confirms', 'basic.nack', 'consumer_cancel_notify', 'per_consumer_qos']
    const missing = needed.filter(name => (capabilities as Record<string, unknown>)[name] !== true)
    if (missing.length > 0) {
      const what = `${this.server} at ${host} lacks ${missing.join(', ')}: RabbitMQ 3.3 or later has it`
      throw brokerError('SM_BROKER_UNFIT', what, { details: { host } })
    }
    if (settings.queues === 'quorum' && this.version < 3.01) {
      const what = `${this.server} at ${host} has no quorum queues with expiry: use RabbitMQ 3.10, or classic queues`
      throw brokerError('SM_BROKER_UNFIT', what, { details: { host } })
    }
  }
}

/** Dependencies of a session. */
export interface SessionDeps {
  readonly settings: ServerSettings
  readonly names: Names
  /** Tells it from every other session. */
  readonly id: string
  /** The text that people see in the list of connections. */
  readonly title: string
  readonly clock: Clock
  readonly host: SessionHost
}
