import {
  type BrokerDriver,
  type BrokeredSettings,
  type BrokerHost,
  brokerError,
  type Consumption,
  type PendingPublish,
  Reconnects,
  type Sink,
} from '@sm/brokered'
import {
  type Capabilities,
  isSmError,
  type SubscriptionSpec,
  type TransportContext,
  type TransportHealth,
} from '@sm/core/transport'
import { Servers } from './connection/servers.ts'
import { ChannelListener } from './consuming/channel-listener.ts'
import type { Consumer } from './consuming/consumer.ts'
import { Joins } from './consuming/joins.ts'
import { Queue } from './consuming/queue.ts'
import { Subscriber } from './consuming/subscriber.ts'
import { fromDriver } from './errors.ts'
import { sharedMs } from './groups/membership.ts'
import { toMembershipChange } from './groups/membership-change.ts'
import { OpenSession, type SessionDeps } from './open-session.ts'
import { databaseAt, type RedisTransportOptions, type Target, toMaxDeadLetters } from './options.ts'
import { AtLeastOncePublisher } from './publishing/at-least-once-publisher.ts'
import { AtMostOncePublisher } from './publishing/at-most-once-publisher.ts'
import { Bindings } from './publishing/bindings.ts'
import { Names, queueName } from './wire/names.ts'
import type { Token } from './wire/stream-entry.ts'

const lostBeforeSent = { transport: 'redis', outcome: 'failed' }

/** Redis as the toolkit for brokers wants it. */
export class RedisDriver implements BrokerDriver<Token> {
  readonly #settings: BrokeredSettings
  readonly #context: TransportContext
  readonly #names: Names
  readonly #maxDeadLetters: number
  readonly #bindings: Bindings
  readonly #once: AtMostOncePublisher
  readonly #streams: AtLeastOncePublisher
  readonly #subscriber: Subscriber
  readonly #queues = new Map<string, Queue>()
  readonly #listeners = new Set<ChannelListener>()
  readonly #closing = new AbortController()
  readonly #sessionParts: SessionDeps
  readonly #servers: Servers
  readonly #reconnects: Reconnects
  readonly #joins: Joins
  #host: BrokerHost | undefined
  #session: OpenSession | undefined
  #capabilities: Capabilities | undefined
  #nextSession = Promise.withResolvers<OpenSession | undefined>()
  #sessions = 0

  constructor(options: RedisTransportOptions, settings: BrokeredSettings, context: TransportContext) {
    const { clock, random, instance, namespace } = context
    this.#servers = new Servers(options)
    const names = new Names(namespace, databaseAt(this.#servers.current))
    const onFault = (error: unknown) => this.#host?.fault(error)
    this.#settings = settings
    this.#context = context
    this.#names = names
    this.#reconnects = new Reconnects({ clock, random, settings })
    this.#joins = new Joins({
      ...{ clock, random, closing: this.#closing.signal },
      session: () => this.#whenUp(),
      impaired: (queue, error) => this.#host?.impaired(queue.name, error),
    })
    this.#maxDeadLetters = toMaxDeadLetters(options)
    this.#bindings = new Bindings((queue, cause) => {
      const what = `The queue ${queue} is bound to a pattern that is none`
      onFault(brokerError('SM_BROKER_TOPOLOGY', what, { cause, details: { transport: 'redis', queue } }))
    })
    this.#once = new AtMostOncePublisher(names, settings.format, place =>
      this.#bindings.isExpected(place, clock.elapsed()),
    )
    this.#streams = new AtLeastOncePublisher({
      ...{ names, clock, instance, onFault },
      format: settings.format,
      bindings: this.#bindings,
      maxQueued: settings.maxQueued,
      memoryMs: sharedMs(settings, false) + settings.publishTimeoutMs,
      returnMs: settings.deadAfterMs,
      onGone: queue => this.#session?.drop(queue),
    })
    this.#subscriber = new Subscriber(names, message => this.#heard(message))
    this.#sessionParts = {
      ...{ options, names, clock, random, instance, settings, onFault },
      agent: context.agent,
      subscriber: this.#subscriber,
      queues: () => this.#queues.values(),
    }
  }

  async connect(host: BrokerHost, signal: AbortSignal): Promise<Capabilities> {
    this.#host = host
    const session = await this.#open(AbortSignal.any([signal, this.#closing.signal]))
    this.#capabilities = session.capabilities
    session.warn()
    this.#begin(session)
    return session.capabilities
  }

  publish(pending: PendingPublish): void {
    if (!this.#session) {
      const what = 'The connection to Redis was lost before the frame was sent'
      throw brokerError('SM_BROKER_LOST', what, { details: lostBeforeSent })
    }
    if (pending.frame.header.delivery === 'at-most-once') this.#once.publish(pending)
    else this.#streams.publish(pending)
  }

  consume(spec: SubscriptionSpec, sink: Sink<Token>): Consumption<Token> {
    const { agent, instance } = this.#context
    // Nobody else shares with an instance.
    const isAlone = spec.delivery === 'at-most-once' && spec.group === `${agent}/${instance}`
    return isAlone ? this.#listen(spec, sink) : this.#consume(spec, sink)
  }

  #consume(spec: SubscriptionSpec, sink: Sink<Token>): Consumer {
    const name = queueName(spec)
    const known = this.#queues.get(name)
    const queue = known && !known.isLeft ? known : this.#makeQueue(spec, name)
    const ready = this.#joins.first(queue, known?.isLeft ? known.gone : undefined)
    // A queue that cannot be joined would keep the others from coming back after an outage.
    ready.catch(() => this.#forget(queue))
    return queue.consume(spec, sink, ready)
  }

  health(): TransportHealth['details'] {
    let unsettled = 0
    for (const queue of this.#queues.values()) unsettled += queue.unsettled
    return {
      server: this.#servers.current.where,
      sessions: this.#sessions,
      queues: this.#queues.size,
      channels: this.#subscriber.size,
      bindings: this.#bindings.size,
      waitingForQueues: this.#streams.waiting,
      unsettled,
    }
  }

  async disconnect(): Promise<void> {
    this.#closing.abort()
    this.#nextSession.resolve(undefined)
    const session = this.#session
    this.#session = undefined
    this.#once.lost()
    this.#streams.lost()
    await session?.farewell()
  }

  #listen(spec: SubscriptionSpec, sink: Sink<Token>): ChannelListener {
    return new ChannelListener(spec, sink, {
      ...{ clock: this.#context.clock, maxFrameBytes: this.#settings.maxFrameBytes, subscriber: this.#subscriber },
      opened: listener => this.#opened(listener),
      onFault: error => this.#host?.fault(error),
      onClosed: listener => this.#listeners.delete(listener),
    })
  }

  /** Has a channel heard in every session from now on. Resolves once it is. */
  async #opened(listener: ChannelListener): Promise<void> {
    this.#listeners.add(listener)
    for (let session = await this.#whenUp(); session; session = await this.#whenUp()) {
      try {
        if (this.#listeners.has(listener)) await this.#subscriber.add(listener)
        return
      } catch (error) {
        if (!session.isOver) throw fromDriver(error, session.where, 'listen')
      }
    }
    throw brokerError('SM_BROKER_DOWN', 'The transport "redis" has stopped', {
      details: { transport: 'redis', outcome: 'failed' },
    })
  }

  #makeQueue(spec: SubscriptionSpec, name: string): Queue {
    const { clock, random } = this.#context
    const queue: Queue = new Queue(spec, {
      ...{ names: this.#names, settings: this.#settings, clock, random },
      maxDeadLetters: this.#maxDeadLetters,
      subscriber: this.#subscriber,
      onFault: error => this.#host?.fault(error),
      onImpaired: error => this.#host?.impaired(name, error),
      session: () => this.#whenUp(),
      onLeft: () => {
        this.#host?.impaired(name, undefined)
        this.#forget(queue)
      },
    })
    this.#queues.set(name, queue)
    return queue
  }

  #forget(queue: Queue): void {
    if (this.#queues.get(queue.name) === queue) this.#queues.delete(queue.name)
  }

  async #whenUp(): Promise<OpenSession | undefined> {
    return this.#session ?? this.#nextSession.promise
  }

  #open(signal: AbortSignal): Promise<OpenSession> {
    return this.#servers.open(target => this.#openAt(target, signal), signal)
  }

  async #openAt(target: Target, signal: AbortSignal): Promise<OpenSession> {
    this.#sessions += 1
    const member = `${this.#context.instance}.${this.#sessions}`
    const session = new OpenSession(this.#sessionParts, target, member, this.#capabilities === undefined)
    try {
      await session.open(signal, this.#capabilities)
      if (session.hasStreams) await this.#streams.resume(session.commands, session.evidence)
      this.#once.resume(session.commands)
      const listening = [...this.#listeners].map(listener => this.#subscriber.add(listener))
      await Promise.all([...listening, ...[...this.#queues.values()].map(queue => this.#joins.again(queue, session))])
      session.requireOpen()
      signal.throwIfAborted()
      return session
    } catch (error) {
      session.end()
      this.#drop()
      if (signal.aborted) throw signal.reason
      throw fromDriver(error, session.where, 'begin a session')
    }
  }

  #begin(session: OpenSession): void {
    this.#session = session
    this.#reconnects.opened()
    this.#nextSession.resolve(session)
    this.#nextSession = Promise.withResolvers()
    session.begin(error => this.#lost(session, error))
  }

  #lost(session: OpenSession, error: unknown): void {
    if (this.#session !== session) return
    this.#session = undefined
    session.end()
    this.#drop()
    this.#reconnects.lost()
    this.#host?.down(error)
    void this.#reopen()
  }

  /** Takes back whatever was under way in a session. */
  #drop(): void {
    for (const queue of this.#queues.values()) queue.lost()
    this.#once.lost()
    this.#streams.lost()
  }

  async #reopen(): Promise<void> {
    const { signal } = this.#closing
    let lastCode: string | undefined
    while (!signal.aborted) {
      try {
        await this.#reconnects.pause(signal)
        this.#begin(await this.#open(signal))
        this.#host?.up()
        return
      } catch (error) {
        if (signal.aborted) return
        const code = isSmError(error) ? error.code : 'none'
        // Told once for each reason: an outage may be long.
        if (code !== lastCode) this.#host?.fault(error)
        lastCode = code
      }
    }
  }

  #heard(message: Buffer): void {
    const news = toMembershipChange(message)
    if (!news) return
    if (news.version !== undefined) {
      this.#bindings.apply(news.version, news.queue, news.target)
      if (news.target === '') this.#streams.rebound()
      else this.#streams.bound()
    }
    this.#queues.get(news.queue)?.heard(news)
  }
}
