import {
  type Job,
  judgeFailure,
  type Outcome,
  Subscriber,
  type SubscriberHost,
  unaccepted,
  type Verdict,
} from '../dispatch/index.ts'
import { type SmError, smError, toWireError } from '../errors/index.ts'
import { Deadlines, defaultBackoff, isPromise, type MaybePromise } from '../kernel/index.ts'
import {
  checkPattern,
  type Frame,
  type InputOf,
  isMessageType,
  type LocalFrame,
  type MessageType,
  matchesPattern,
  type Payload,
  type PayloadOf,
  type ReplyInputOf,
  type ReplyOf,
  toInboxAddress,
} from '../message/index.ts'
import type { Plan } from '../routing/index.ts'
import type { CloseOptions, Delivery, SubscriptionSpec, Transport, TransportHealth } from '../transport/index.ts'
import { controlTypes, isControlType, Requests } from '../workflow/index.ts'
import { MessageContext } from './context.ts'
import type { Counter } from './counters.ts'
import { Feeds } from './feeds.ts'
import {
  type AgentSettings,
  type PublishOptions,
  type RequestOptions,
  type StopOptions,
  type SubscribeOptions,
  type SubscribeSettings,
  toSubscribeSettings,
} from './options.ts'
import { Outgoing } from './outgoing.ts'
import { PublishScope } from './publish-scope.ts'
import { Reports } from './reports.ts'
import { type RankedTransport, type Receipt, Sender } from './sender.ts'
import { MessageStream, Subscription } from './subscription.ts'

/** Handles a message; what it returns answers a request. */
export type Handler<Type extends MessageType> = (
  payload: PayloadOf<Type>,
  context: MessageContext,
) => Type['reply'] extends undefined ? unknown : MaybePromise<ReplyInputOf<Type>>

/** Handles whatever fits a pattern. Payloads are as they came: no schema has looked at them. */
export type PatternHandler = (payload: Payload, context: MessageContext) => unknown

/** How a stop ended. */
export interface StopReport {
  /** Messages that were handled since the stop began. */
  readonly completed: number
  /** Messages that were given back, for another instance or a later start. */
  readonly handedBack: number
  /** Messages whose handlers were still running when the drain ended. */
  readonly abandoned: number
}

/** The state of an agent and its parts. */
export interface AgentHealth {
  readonly state: AgentState
  /** True while it runs and every transport is ready. */
  readonly healthy: boolean
  readonly transports: Readonly<Record<string, TransportHealth>>
  readonly counters: Readonly<Record<Counter, number>>
  /** Deliveries that are not settled yet. */
  readonly unsettled: number
  /** Handlers that run now and have not returned. */
  readonly running: number
  /** Requests that await their replies. */
  readonly requests: number
}

export type AgentState = 'running' | 'draining' | 'stopped'

/** An addressable participant: it publishes, subscribes, requests and replies. Made by `createAgent`. */
export class Agent implements AsyncDisposable {
  readonly id: string
  /** ULID of this running copy. */
  readonly instance: string
  readonly namespace: string
  readonly #settings: AgentSettings
  readonly #transports: readonly Transport[]
  readonly #reports: Reports
  readonly #deadlines: Deadlines
  readonly #outgoing: Outgoing
  readonly #sender: Sender
  readonly #feeds: Feeds
  readonly #requests: Requests
  readonly #host: SubscriberHost
  readonly #running = new Set<Job>()
  readonly #streams = new Set<MessageStream<unknown>>()
  readonly #handlerNames = new Map<string, number>()
  #unsettled = 0
  #state: AgentState = 'running'
  #stopping: Promise<StopReport> | undefined
  #instanceInbox: Promise<void> | undefined
  #canReceiveReplies = false

  /** Use `createAgent`: it makes and starts the transports. */
  constructor(settings: AgentSettings, ladder: readonly RankedTransport[]) {
    this.id = settings.id
    this.instance = settings.instance
    this.namespace = settings.namespace
    this.#settings = settings
    this.#transports = ladder.map(({ transport }) => transport)
    this.#reports = new Reports(settings)
    this.#deadlines = new Deadlines(settings.clock)
    this.#outgoing = new Outgoing(settings)
    this.#sender = new Sender(ladder)
    this.#requests = new Requests({
      deadlines: this.#deadlines,
      maxRequests: settings.maxRequests,
      onAbandoned: (message, id) => this.#cancel(message, id),
    })
    this.#feeds = new Feeds(this.#transports, {
      received: (delivery, transport) => {
        this.#unsettled += 1
        this.#reports.delivered(delivery, transport)
      },
      unhandled: job => this.#unhandled(job),
      failed: (delivery, error) => this.#reports.dispatchFailed(delivery, error),
      settled: (delivery, transport, verdict) => {
        this.#unsettled -= 1
        this.#reports.settled(delivery, transport, verdict)
      },
    })
    const isStopped = () => this.#state === 'stopped'
    this.#host = {
      clock: settings.clock,
      random: settings.random,
      deadlines: this.#deadlines,
      deduplication: settings.deduplication,
      deduplicatesAlways: this.#transports.length > 1,
      running: this.#running,
      get stopped() {
        return isStopped()
      },
      concluded: (job, subscriber, end) => this.#concluded(job, subscriber, end),
    }
  }

  /**
   * Publishes a message: to one agent with `to`, else to everyone who subscribes to its type. Resolves when a transport
   * has it; the receipt says what is known.
   *
   * Rejects with `SM_PAYLOAD_NOT_PORTABLE`, `SM_PAYLOAD_INVALID`, `SM_ROUTE_NONE`, `SM_CAPABILITY_MISSING`,
   * `SM_PUBLISH_TIMEOUT`, `SM_AGENT_STOPPED`, or what the transport says. `details.outcome` of the error is `failed`
   * when no one can have got the message, `unknown` when someone may have.
   */
  publish<Type extends MessageType>(message: Type, payload: InputOf<Type>, options?: PublishOptions): Promise<Receipt> {
    try {
      this.#requireNotStopped('publish')
      const frame = this.#outgoing.frame(message, payload, options)
      const receipt = isPromise(frame)
        ? frame.then(made => this.#send(message, made, options))
        : this.#send(message, frame, options)
      return isPromise(receipt) ? receipt : Promise.resolve(receipt)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Sends a request and resolves with the reply, as the reply schema makes it. Requests are at-most-once: a reply is
   * their acknowledgement, and who gets none in time asks again.
   *
   * Rejects with `SM_REQUEST_TIMEOUT`, with the coded error of the remote handler, or as publish does.
   */
  async request<Type extends MessageType>(
    message: Type,
    payload: InputOf<Type>,
    options: RequestOptions = {},
  ): Promise<ReplyOf<Type>> {
    this.#requireNotStopped('request')
    if (!message.reply) throw smError('SM_REPLY_MISSING', `${message.type} cannot be requested`)
    if (!this.#canReceiveReplies) await this.#openInstanceInbox()
    const { timeoutMs = this.#settings.requestTimeoutMs, signal, ...attributes } = options
    const made = this.#outgoing.frame(message, payload, {
      ...attributes,
      delivery: 'at-most-once',
      replyTo: `${this.id}/${this.instance}`,
      expiresAt: this.#settings.clock.now() + Math.ceil(timeoutMs),
    })
    const frame = isPromise(made) ? await made : made
    const { id, expiresAt } = frame.header
    const reply = this.#requests.open(id, message, expiresAt as number, signal) as Promise<ReplyOf<Type>>
    try {
      const sent = this.#send(message, frame, { timeoutMs }, { delivery: 'at-most-once', needs: message.needs })
      const { evidence } = isPromise(sent) ? await sent : sent
      if (evidence === 'none') throw smError('SM_ROUTE_NONE', `Nobody answers ${message.type}`)
    } catch (error) {
      this.#requests.fail(id, error)
    }
    return reply
  }

  /**
   * Subscribes to a message type, or to every type that fits a pattern. With a handler, messages are acked when it has
   * ended and tried again when it throws; without one, the result is looped over.
   *
   * Throws `SM_CAPABILITY_MISSING`, `SM_SUBSCRIPTION_OPTIONS`, `SM_NAME_INVALID` or `SM_AGENT_STOPPED`.
   */
  subscribe<Type extends MessageType>(message: Type, handler: Handler<Type>, options?: SubscribeOptions): Subscription
  subscribe(pattern: string, handler: PatternHandler, options?: SubscribeOptions): Subscription
  subscribe<Type extends MessageType>(message: Type, options?: SubscribeOptions): MessageStream<PayloadOf<Type>>
  subscribe(pattern: string, options?: SubscribeOptions): MessageStream<Payload>
  subscribe(
    wanted: MessageType | string,
    second?: Handler<MessageType> | PatternHandler | SubscribeOptions,
    third?: SubscribeOptions,
  ): unknown {
    if (typeof second === 'function') return this.#subscribe(wanted, second as PatternHandler, third ?? {}, false)
    const stream = new MessageStream<unknown>()
    const push: PatternHandler = (payload, context) => stream.push(payload, context)
    this.#streams.add(stream)
    return stream.attach(
      this.#subscribe(wanted, push, second ?? {}, true, () => {
        stream.end()
        this.#streams.delete(stream)
      }),
    )
  }

  /** How a message would travel now, and why: print it. */
  explain(message: MessageType, options: Pick<PublishOptions, 'to' | 'delivery'> = {}): Plan & { toString(): string } {
    const demands = { delivery: options.delivery ?? message.delivery, needs: message.needs }
    return this.#sender.explain(message, demands, options.to ?? message.to)
  }

  async health(): Promise<AgentHealth> {
    const transports: Record<string, TransportHealth> = {}
    for (const transport of this.#transports) transports[transport.name] = await transport.health()
    return {
      state: this.#state,
      healthy: this.#state === 'running' && this.#transports.every(({ state }) => state === 'ready'),
      transports,
      counters: { ...this.#reports.counters.values },
      unsettled: this.#unsettled,
      running: this.#running.size,
      requests: this.#requests.pending,
    }
  }

  /**
   * Stops the agent: takes on nothing new, finishes what was taken on, answers what was asked, then closes the
   * transports. Handlers may still publish while it drains. Idempotent; every call gets the same report.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(options)
    return this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #send(
    message: MessageType,
    frame: LocalFrame,
    options: PublishOptions | undefined,
    demands = options?.delivery === undefined ? message : { delivery: options.delivery, needs: message.needs },
  ): MaybePromise<Receipt> {
    const { clock, publishTimeoutMs } = this.#settings
    options?.signal?.throwIfAborted()
    const scope = new PublishScope(
      clock,
      this.#deadlines,
      message.type,
      options?.timeoutMs ?? publishTimeoutMs,
      options?.signal,
    )
    let receipt: MaybePromise<Receipt>
    try {
      receipt = this.#sender.send(message, demands, frame, scope)
    } catch (error) {
      this.#reports.publishFailed(frame, error)
      throw error
    }
    if (isPromise(receipt)) return this.#sent(frame, receipt, scope)
    this.#reports.published(frame, receipt.transports)
    return receipt
  }

  async #sent(frame: Frame, receipt: Promise<Receipt>, scope: PublishScope): Promise<Receipt> {
    try {
      const settled = await receipt
      this.#reports.published(frame, settled.transports)
      return settled
    } catch (error) {
      this.#reports.publishFailed(frame, error)
      throw error
    } finally {
      scope.end()
    }
  }

  #subscribe(
    wanted: MessageType | string,
    handler: PatternHandler,
    options: SubscribeOptions,
    iterated: boolean,
    onClose?: () => void,
  ): Subscription {
    this.#requireNotStopped('subscribe')
    const message = isMessageType(wanted) ? wanted : undefined
    const pattern = message?.type ?? (wanted as string)
    checkPattern(pattern)
    const settings = toSubscribeSettings(this.#settings, options, iterated)
    this.#feeds.check(pattern, settings.durable)
    const subscriber = this.#subscriber(message, pattern, handler, settings)

    const ready: Promise<void>[] = []
    const { group, prefetch, durable, only } = settings
    if (only !== 'direct')
      ready.push(this.#feeds.add({ target: { kind: 'pattern', pattern }, group, prefetch, durable }, subscriber))
    if (only !== 'broadcast') {
      ready.push(this.#feeds.addDirect(this.#inboxSpec(), subscriber, type => matchesPattern(pattern, type)))
      ready.push(this.#openInstanceInbox())
    }
    if (message?.reply) ready.push(this.#openCancels(message))
    const allReady = Promise.all(ready).then(() => undefined)
    // It need not be awaited: a failure shows in the state of its transport.
    allReady.catch(() => undefined)

    const subscription = new Subscription(allReady, async close => {
      options.signal?.removeEventListener('abort', onAbort)
      const removed = this.#feeds.remove(subscriber, close)
      onClose?.()
      await removed
      if (close.drain) await subscriber.idle()
    })
    const onAbort = () => void subscription.close()
    if (options.signal?.aborted) onAbort()
    else options.signal?.addEventListener('abort', onAbort, { once: true })
    return subscription
  }

  #subscriber(
    message: MessageType | undefined,
    pattern: string,
    handler: PatternHandler,
    settings: SubscribeSettings,
  ): Subscriber {
    const base = `${settings.group} on ${pattern}`
    // Handlers of one type are told apart by their order, which is the same in each instance of an agent.
    const number = this.#handlerNames.get(base) ?? 0
    this.#handlerNames.set(base, number + 1)
    const { tracing } = this.#settings
    const versions = settings.versions ?? (message && [message.version, ...message.upcast.keys()])
    return new Subscriber(
      {
        ...settings,
        from: settings.from ?? message?.from,
        key: `${base} #${settings.name ?? number}`,
        message,
        versions: versions && new Set(versions),
        handle: job => {
          const { traceparent, tracestate } = job.header
          const trace = traceparent === undefined ? undefined : { traceparent, tracestate }
          return tracing.run(trace, () => handler(job.payload as Payload, new MessageContext(job, this)))
        },
      },
      this.#host,
    )
  }

  #inboxSpec(): SubscriptionSpec {
    const { durable, prefetch } = this.#settings
    return { target: { kind: 'inbox', agent: this.id }, group: this.id, prefetch, durable }
  }

  #openInstanceInbox(): Promise<void> {
    const { id: agent, instance } = this
    const { prefetch } = this.#settings
    this.#instanceInbox ??= this.#feeds
      .openInbox(
        { target: { kind: 'inbox', agent, instance }, group: agent, prefetch, durable: false },
        ({ frame }) => {
          if (!isControlType(frame.header.type)) return false
          if (!this.#requests.receive(frame)) this.#reports.lateReply(frame)
          return true
        },
      )
      .then(() => {
        this.#canReceiveReplies = true
      })
    return this.#instanceInbox
  }

  /** Whoever asked for this type and gave up tells everyone who may be working on it. */
  #openCancels({ type }: MessageType): Promise<void> {
    const target = { kind: 'pattern', pattern: controlTypes.cancel + type } as const
    const group = `${this.id}/${this.instance}`
    return this.#feeds.openControl({ target, group, prefetch: 64, durable: false }, ({ frame }) => {
      const { correlationId } = frame.header
      for (const job of this.#running) {
        if (job.header.id !== correlationId) continue
        job.abort(smError('SM_REQUEST_TIMEOUT', `The requester of ${type} has given up`))
      }
    })
  }

  #cancel({ type }: MessageType, id: string): void {
    const frame = this.#outgoing.control(controlTypes.cancel + type, {}, undefined, id)
    const address = { kind: 'topic', topic: frame.header.type } as const
    for (const transport of this.#transports) {
      if (transport.routes(address).length > 0) this.#quietly(frame, () => transport.publish(frame, address))
    }
  }

  #concluded(job: Job, subscriber: Subscriber, end: Outcome | SmError): MaybePromise<void> {
    this.#reports.concluded(job, end)
    const { replyTo } = job.header
    if (replyTo === undefined || !subscriber.message?.reply) return
    if (end === 'handled') return this.#reply(job, subscriber.message, replyTo)
    if (end === 'unaccepted') return this.#replyError(job, replyTo, unaccepted(job, subscriber))
    if (typeof end !== 'string') this.#replyError(job, replyTo, end)
  }

  #reply(job: Job, message: MessageType, replyTo: string): MaybePromise<void> {
    const { id } = job.header
    const attributes = {
      type: controlTypes.reply,
      to: replyTo,
      correlationId: id,
      causationId: id,
      delivery: 'at-most-once',
    } as const
    const refuse = (error: unknown) => this.#replyError(job, replyTo, error)
    try {
      const frame = this.#outgoing.of(
        message,
        message.reply as NonNullable<typeof message.reply>,
        job.result,
        attributes,
      )
      if (!isPromise(frame)) return this.#answer(job, frame)
      return frame.then(made => this.#answer(job, made), refuse)
    } catch (error) {
      refuse(error)
    }
  }

  #replyError(job: Job, replyTo: string, error: unknown): void {
    const { code, message, retryable } = toWireError(error, 'SM_HANDLER_FAILED')
    void this.#answer(
      job,
      this.#outgoing.control(controlTypes.error, { code, message, retryable }, replyTo, job.header.id),
    )
  }

  /** Answers over the transport that brought the question: whoever asked is known to listen there. */
  #answer({ transport }: Job, frame: Frame): MaybePromise<void> {
    return this.#quietly(frame, () => transport.publish(frame, toInboxAddress(frame.header.to as string)))
  }

  /** Sends what nobody awaits: a failure is counted and told, and harms no one. */
  #quietly(frame: Frame, publish: () => MaybePromise<unknown>): MaybePromise<void> {
    try {
      const published = publish()
      if (isPromise(published))
        return published.then(
          () => undefined,
          error => this.#reports.publishFailed(frame, error),
        )
    } catch (error) {
      this.#reports.publishFailed(frame, error)
    }
  }

  #unhandled(job: Job): Verdict {
    const error = this.#reports.unhandled(job)
    const { replyTo, type } = job.header
    if (replyTo !== undefined && !isControlType(type)) this.#replyError(job, replyTo, error)
    // The handler may be about to be subscribed: the message is tried again before it is given up.
    return judgeFailure(job, error, { maxAttempts: 5, backoff: defaultBackoff }, this.#settings.random)
  }

  async #stop({ drain = true, timeoutMs = 10_000, signal }: StopOptions): Promise<StopReport> {
    const { values } = this.#reports.counters
    const before = { handled: values.handled, nacked: values.nacked }
    this.#state = 'draining'
    const deadline = new AbortController()
    const end = () => deadline.abort()
    if (!drain || signal?.aborted) end()
    signal?.addEventListener('abort', end, { once: true })
    const cancel = this.#settings.clock.schedule(end, timeoutMs, { keepAlive: true })

    for (const stream of this.#streams) stream.end()
    const close: CloseOptions = { drain, signal: deadline.signal }
    const isOwnInbox = ({ target }: SubscriptionSpec) => target.kind === 'inbox' && target.instance !== undefined
    deadline.signal.addEventListener('abort', () => this.#giveUp(), { once: true })
    if (deadline.signal.aborted) this.#giveUp()
    await this.#feeds.close(close, isOwnInbox)
    cancel()
    signal?.removeEventListener('abort', end)

    const abandoned = this.#running.size
    const unsettled = this.#unsettled
    this.#giveUp()
    this.#requests.close(smError('SM_AGENT_STOPPED', `The agent ${this.id} stopped before the reply came`))
    await this.#feeds.close({ drain: false }, () => false)
    await Promise.all(this.#transports.map(transport => transport.stop({ drain: false })))
    this.#deadlines.clear()
    return {
      completed: values.handled - before.handled,
      handedBack: values.nacked - before.nacked + Math.max(0, unsettled - abandoned),
      abandoned,
    }
  }

  /** The drain is over: what runs is told to stop, what waits is not begun. */
  #giveUp(): void {
    this.#state = 'stopped'
    const error = smError('SM_AGENT_STOPPED', `The agent ${this.id} has stopped`)
    for (const job of this.#running) job.abort(error)
  }

  #requireNotStopped(operation: string): void {
    if (this.#state !== 'stopped') return
    throw smError('SM_AGENT_STOPPED', `The agent ${this.id} has stopped and cannot ${operation}`, {
      details: { outcome: 'failed' },
    })
  }
}
