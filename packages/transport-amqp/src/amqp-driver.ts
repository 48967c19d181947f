import {
  type BrokerDriver,
  type BrokerHost,
  brokerError,
  type PendingPublish,
  Reconnects,
  type Sink,
} from '@sm/brokered'
import {
  type BackoffOptions,
  backoffMs,
  type Capabilities,
  type Clock,
  encodeFrame,
  type SubscriptionSpec,
  sleep,
  smError,
  type TransportContext,
} from '@sm/core/transport'
import { capabilities } from './capabilities.ts'
import { Servers } from './connection/servers.ts'
import { AmqpConsumption, type ConsumptionHost } from './consuming/consumption.ts'
import type { HeldMessage } from './consuming/held-message.ts'
import { Requeue } from './consuming/requeue.ts'
import { lostError, requestError } from './errors.ts'
import type { AmqpSettings, Server } from './options.ts'
import type { ChannelLane } from './publishing/channel-lane.ts'
import type { EventHost } from './publishing/event-lane.ts'
import { Publishers } from './publishing/publishers.ts'
import { Session, type SessionHost } from './session.ts'
import { consumerPlan } from './topology/consumer-plan.ts'
import { TopologyWatch } from './topology/topology-watch.ts'
import { toBuffer } from './wire/amqp-message.ts'
import { type EventMessage, EventProperties } from './wire/event-message.ts'
import { Names } from './wire/names.ts'

/** Publishes and consumes over a session, and makes another when that is lost. */
export class AmqpDriver implements BrokerDriver<HeldMessage>, SessionHost, EventHost, ConsumptionHost {
  readonly requeue: Requeue
  readonly #settings: AmqpSettings
  readonly #context: TransportContext
  readonly #names: Names
  readonly #servers: Servers
  readonly #publishers: Publishers
  readonly #consumptions = new Set<AmqpConsumption>()
  readonly #backoff: BackoffOptions
  readonly #reconnects: Reconnects
  readonly #watch: TopologyWatch
  /** Ends whatever waits. */
  readonly #life = new AbortController()
  #host: BrokerHost | undefined
  #session: Session | undefined
  #isOpen = false
  #isBlocked = false
  #reconnected = 0
  /** The largest message that the server takes, once it has refused one. */
  #largestMessage = Number.POSITIVE_INFINITY

  constructor(settings: AmqpSettings, context: TransportContext) {
    const { clock, random, namespace } = context
    const { publishTimeoutMs, maxQueued: maxDead, queues: queueType } = settings
    this.#settings = settings
    this.#context = context
    this.#names = new Names(namespace)
    this.#servers = new Servers(settings.servers)
    this.#backoff = { ...settings.reconnect, factor: 2, jitter: 0.5 }
    this.#reconnects = new Reconnects({ clock, random, settings })
    this.#watch = new TopologyWatch({
      ...{ clock, heartbeatMs: settings.heartbeatMs, consumptions: this.#consumptions },
      session: () => (this.#isOpen ? this.#session : undefined),
      fault: error => this.fault(requestError(error, this.#names.topics)),
    })
    this.#publishers = new Publishers(this, {
      ...{ names: this.#names, clock, random },
      // A little earlier than who waits gives up, to tell the better reason.
      patienceMs: publishTimeoutMs * 0.9,
      returnMs: settings.deadAfterMs,
      canAsk: () => this.#session?.canAsk === true,
    })
    const session = () => this.#requireSession()
    this.requeue = new Requeue({
      names: this.#names,
      publish: message => this.#publishers.send(message),
      clock,
      maxDead,
      queueType,
      session,
    })
  }

  async connect(host: BrokerHost, signal: AbortSignal): Promise<Capabilities> {
    this.#host = host
    await this.#open(AbortSignal.any([signal, this.#life.signal]))
    this.#watch.start()
    return capabilities
  }

  publish(pending: PendingPublish): void {
    this.#publishers.publish(pending)
  }

  consume(spec: SubscriptionSpec, sink: Sink<HeldMessage>): AmqpConsumption {
    const plan = consumerPlan(spec, this.#names, this.#settings)
    const { maxFrameBytes } = this.#settings
    const consumption = new AmqpConsumption({ plan, durable: spec.durable, maxFrameBytes, sink, host: this })
    this.#consumptions.add(consumption)
    const session = this.#session
    if (session) void this.#attach(consumption, session)
    return consumption
  }

  health() {
    return {
      server: this.#session?.server ?? 'none',
      host: this.#servers.current.host,
      queues: this.#settings.queues,
      blocked: this.#isBlocked,
      full: this.#publishers.full,
      unwritten: this.#publishers.unwritten,
      reconnects: this.#reconnected,
    }
  }

  async disconnect(): Promise<void> {
    this.#life.abort(brokerError('SM_BROKER_DOWN', 'The transport "amqp" has stopped'))
    this.#watch.stop()
    const session = this.#session
    this.#session = undefined
    await session?.close()
  }

  get clock(): Clock {
    return this.#context.clock
  }

  fault(error: unknown): void {
    this.#host?.fault(error)
  }

  encode({ frame, address }: PendingPublish): EventMessage {
    const { id, type, delivery } = frame.header
    const { format } = this.#settings
    const content = toBuffer(format === 'compact' ? encodeFrame(frame) : frame.body.bytes())
    if (content.length > this.#largestMessage) {
      const what = `${type} (${id}) is larger than the ${this.#largestMessage} bytes that RabbitMQ takes`
      throw smError('SM_FRAME_TOO_LARGE', what, { details: { transport: 'amqp', outcome: 'failed' } })
    }
    const { exchange, key } = this.#names.binding(address, delivery)
    // A topic may have no subscriber, and nobody waits to hear of it at most once.
    const mandatory = delivery === 'at-least-once' || address.kind === 'inbox'
    const properties = new EventProperties(frame, this.clock.now(), format)
    return { exchange, key, id, mandatory, content, properties }
  }

  lost(session: Session, error: unknown): void {
    if (session !== this.#session) return
    this.#session = undefined
    this.#isBlocked = false
    this.#publishers.down(error)
    for (const consumption of this.#consumptions) consumption.detach()
    // The caller that opens it finds out by itself.
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#reconnects.lost()
    this.#host?.down(lostError(error))
    void this.#recover()
  }

  blocked(isBlocked: boolean): void {
    this.#isBlocked = isBlocked
    this.#publishers.block(isBlocked)
  }

  look(): void {
    this.#watch.now()
  }

  reopen(part: Pick<ChannelLane, 'confirms' | 'attach'> | AmqpConsumption, error: unknown): void {
    const session = this.#session
    if (!session) return
    this.#learn(error)
    // A consumer of what is gone has to make it again, too.
    if ((error as { code?: unknown } | undefined)?.code === 404) this.#publishers.disturbed()
    const attach = () => (part instanceof AmqpConsumption ? part.attach(session) : this.#attachLane(part, session))
    void this.#again(session, attach)
  }

  closed(consumption: AmqpConsumption): void {
    this.#consumptions.delete(consumption)
  }

  #open(signal: AbortSignal): Promise<void> {
    return this.#servers.open(server => this.#openAt(server, signal), signal)
  }

  async #openAt(server: Server, signal: AbortSignal): Promise<void> {
    const { namespace, agent, instance, clock, ids } = this.#context
    const title = `${namespace} ${agent}/${instance}`
    const parts = {
      settings: { ...this.#settings, server },
      names: this.#names,
      id: ids.next(),
      title,
      clock,
      host: this,
    }
    const session = await Session.open(parts, signal)
    try {
      this.#session = session
      await this.#publishers.resume(session, lane => this.#attachLane(lane, session))
      await Promise.all([...this.#consumptions].map(consumption => this.#attach(consumption, session)))
      signal.throwIfAborted()
      if (session !== this.#session) throw lostError(undefined)
      this.#isOpen = true
      this.#reconnects.opened()
    } catch (error) {
      if (session === this.#session) this.#session = undefined
      session.destroy()
      throw error
    }
  }

  /** Connects again, for as long as it takes. */
  async #recover(): Promise<void> {
    const { logger } = this.#context
    const { signal } = this.#life
    while (!signal.aborted) {
      try {
        await this.#reconnects.pause(signal)
        this.#publishers.disturbed()
        await this.#open(signal)
        this.#host?.up()
        return
      } catch (error) {
        if (!signal.aborted) logger.debug({ transport: 'amqp', error }, 'No connection to the broker yet')
      }
    }
  }

  async #attachLane(lane: Pick<ChannelLane, 'confirms' | 'attach'>, session: Session): Promise<void> {
    try {
      lane.attach(await session.publisher(lane.confirms))
    } catch (error) {
      throw requestError(error, this.#names.topics)
    }
  }

  /** Attaches a consumption, again and again where that fails for a reason that may pass. */
  async #attach(consumption: AmqpConsumption, session: Session): Promise<void> {
    try {
      await consumption.attach(session)
    } catch (error) {
      if (consumption.isClosed || session.isOver) return
      this.fault(error)
      void this.#again(session, () => consumption.attach(session))
    }
  }

  /** Tries something until it succeeds or the session is over. Exchanges may have been deleted behind our back. */
  async #again(session: Session, action: () => Promise<void>): Promise<void> {
    const { clock, random } = this.#context
    for (let attempt = 1; !session.isOver; attempt++) {
      try {
        await sleep(clock, backoffMs(this.#backoff, attempt, random), this.#life.signal)
        if (session.isOver) return
        await session.declareExchanges()
        await action()
        return
      } catch (error) {
        if (session.isOver || this.#life.signal.aborted) return
        this.fault(error)
      }
    }
  }

  /** A message above the limit of the server ends its channel, and would do so again and again. */
  #learn(error: unknown): void {
    const limit = error instanceof Error && /larger than configured max size (\d+)/.exec(error.message)?.[1]
    if (limit) this.#largestMessage = Number(limit)
  }

  #requireSession(): Session {
    if (this.#session) return this.#session
    throw lostError(undefined)
  }
}
