import type { Job, SubscriberHost, Verdict } from '../dispatch/index.ts'
import { smError } from '../errors/index.ts'
import { Deadlines, isPromise } from '../kernel/index.ts'
import type { InputOf, MessageType, Payload, PayloadOf, ReplyOf, RequestType } from '../message/index.ts'
import type { Plan } from '../routing/index.ts'
import type { DeadLetter, SubscriptionSpec, Transport, TransportHealth } from '../transport/index.ts'
import { isControlType } from '../workflow/index.ts'
import { type AgentHealth, type AgentState, requireNotStopped, requireRunning, type StopReport } from './agent-state.ts'
import { Conversations } from './conversations.ts'
import { Feeds } from './feeds.ts'
import type { MessageStream } from './message-stream.ts'
import type { PublishOptions, RequestOptions, StopOptions, SubscribeOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { Publisher } from './publisher.ts'
import { Reports } from './reports.ts'
import { type RankedTransport, type Receipt, Sender } from './sender.ts'
import type { AgentSettings } from './settings.ts'
import type { Opening, Subscription } from './subscription.ts'
import { type Handler, type PatternHandler, Subscriptions } from './subscriptions.ts'
import { UnhandledMessages } from './unhandled.ts'

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
  readonly #sender: Sender
  readonly #publisher: Publisher
  readonly #feeds: Feeds
  readonly #conversations: Conversations
  readonly #subscriptions: Subscriptions
  readonly #unhandledMessages: UnhandledMessages
  readonly #running = new Set<Job>()
  #unsettled = 0
  #state: AgentState = 'running'
  #stopping: Promise<StopReport> | undefined

  /** Use `createAgent`: it makes and starts the transports. @internal */
  constructor(settings: AgentSettings, ladder: readonly RankedTransport[]) {
    this.id = settings.id
    this.instance = settings.instance
    this.namespace = settings.namespace
    const transports = ladder.map(({ transport }) => transport)
    const reports = new Reports(settings)
    const deadlines = new Deadlines(settings.clock)
    const outgoing = new Outgoing(settings)
    const running = this.#running
    this.#settings = settings
    this.#transports = transports
    this.#reports = reports
    this.#deadlines = deadlines
    this.#sender = new Sender(ladder)
    this.#publisher = new Publisher(settings, outgoing, this.#sender, deadlines, reports)
    this.#feeds = this.#createFeeds()
    const feeds = this.#feeds
    const publisher = this.#publisher
    this.#conversations = new Conversations({
      settings,
      transports,
      outgoing,
      publisher,
      feeds,
      reports,
      deadlines,
      running,
    })
    this.#subscriptions = new Subscriptions({
      settings,
      feeds,
      conversations: this.#conversations,
      host: this.#createSubscriberHost(),
      contextHost: this,
    })
    this.#unhandledMessages = new UnhandledMessages(settings)
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
      requireNotStopped(this.id, this.#state, 'publish')
      const receipt = this.#publisher.publish(message, payload, options)
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
  request<Type extends RequestType>(
    message: Type,
    payload: InputOf<Type>,
    options: RequestOptions = {},
  ): Promise<ReplyOf<Type>> {
    try {
      requireNotStopped(this.id, this.#state, 'request')
      return this.#conversations.request(message, payload, options) as Promise<ReplyOf<Type>>
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Subscribes to a message type. With a handler, messages are acked when it has ended and tried again when it throws;
   * without one, the result is looped over, as that of {@link Agent.stream} is. `await` it to go on once messages published
   * anywhere will arrive.
   *
   * Throws `SM_CAPABILITY_MISSING`, `SM_SUBSCRIPTION_OPTIONS`, `SM_NAME_INVALID` or `SM_AGENT_STOPPED`.
   */
  subscribe<Type extends MessageType>(message: Type): Opening<MessageStream<PayloadOf<Type>>>
  subscribe<Type extends MessageType>(
    message: Type,
    handler: Handler<Type>,
    options?: SubscribeOptions,
  ): Opening<Subscription>
  subscribe(
    wanted: MessageType | string,
    second: PatternHandler | SubscribeOptions = {},
    third: SubscribeOptions = {},
  ): unknown {
    requireRunning(this.id, this.#state, 'subscribe')
    if (typeof second === 'function') return this.#subscriptions.handle(wanted, second, third)
    return this.#subscriptions.iterate(wanted, second)
  }

  /**
   * Subscribes to every type that fits a pattern: `*` is one segment, `#` any number. Payloads are as they came, no schema
   * has looked at them. Throws as {@link Agent.subscribe} does.
   */
  subscribePattern(pattern: string, handler: PatternHandler, options: SubscribeOptions = {}): Opening<Subscription> {
    requireRunning(this.id, this.#state, 'subscribe')
    return this.#subscriptions.handle(pattern, handler, options)
  }

  /** The messages of a type, or of a pattern, to be looped over. Throws as {@link Agent.subscribe} does. */
  stream<const Wanted extends MessageType | string>(
    wanted: Wanted,
    options: SubscribeOptions = {},
  ): Opening<MessageStream<Wanted extends MessageType ? PayloadOf<Wanted> : Payload>> {
    requireRunning(this.id, this.#state, 'subscribe')
    return this.#subscriptions.iterate(wanted, options) as never
  }

  /**
   * Opens the inbox of the agent, once its handlers are attached: for one that is made with `inbox: 'on-listen'`. Resolves
   * once what is addressed to the agent will arrive.
   */
  async listen(): Promise<void> {
    requireRunning(this.id, this.#state, 'listen')
    await this.#subscriptions.listen()
  }

  /**
   * What was given up and is kept in this process, oldest first, by its transport: over memory and the wires without a broker.
   * Brokers keep their own; the guide of each says where.
   */
  deadLetters(): readonly (DeadLetter & { readonly transport: string })[] {
    return this.#transports.flatMap(
      transport => transport.deadLetters?.().map(letter => ({ ...letter, transport: transport.name })) ?? [],
    )
  }

  /** How a message would travel now, and why: print it. */
  explain(message: MessageType, options: Pick<PublishOptions, 'to' | 'delivery'> = {}): Plan & { toString(): string } {
    return this.#sender.explain(message, options.delivery ?? message.delivery, options.to ?? message.to)
  }

  /** The state of the agent and its transports. Never rejects for a transport that is down: that is what it tells. */
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
      requests: this.#conversations.pending,
    }
  }

  /**
   * Stops the agent: takes on nothing new, finishes what was taken on, answers what was asked, then closes the
   * transports. Handlers may still publish while it drains. Idempotent; every call gets the same report. Called by a handler
   * of the agent itself, it resolves at once with what is known, and the stop goes on: it cannot wait for its caller.
   */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    this.#stopping ??= this.#stop(options)
    const { caller } = this.#subscriptions
    if (!caller) return this.#stopping
    this.#stopping.catch(error => this.#settings.logger.error({ agent: this.id, error }, 'A stop failed'))
    const running = new Set([...this.#running, caller]).size
    return { completed: 0, handedBack: 0, abandoned: 0, running }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #createFeeds(): Feeds {
    return new Feeds(this.#transports, {
      clock: this.#settings.clock,
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
  }

  #createSubscriberHost(): SubscriberHost {
    const { clock, random, deduplication } = this.#settings
    return {
      clock,
      random,
      deduplication,
      deadlines: this.#deadlines,
      deduplicatesAlways: this.#transports.length > 1,
      running: this.#running,
      recordDuration: this.#reports.recordDuration,
      concluded: (job, subscriber, end) => {
        this.#reports.concluded(job, end)
        return this.#conversations.answer(job, subscriber, end)
      },
      faulted: (job, error) => this.#reports.dispatchFailed(job, error),
    }
  }

  #unhandled(job: Job): Verdict {
    const error = this.#reports.unhandled(job)
    void this.#conversations.refuse(job, error)
    return this.#unhandledMessages.judge(job, error, this.#state !== 'running')
  }

  async #stop({ drain = true, timeoutMs = 10_000, signal }: StopOptions): Promise<StopReport> {
    const { values } = this.#reports.counters
    const before = { handled: values.handled, nacked: values.nacked }
    this.#state = 'draining'
    const deadline = new AbortController()
    const end = () => deadline.abort()
    deadline.signal.addEventListener('abort', () => this.#giveUp(), { once: true })
    signal?.addEventListener('abort', end, { once: true })
    const cancel = this.#settings.clock.schedule(end, timeoutMs, { keepAlive: true })
    if (!drain || signal?.aborted) end()

    const staysOpen = ({ target }: SubscriptionSpec) =>
      target.kind === 'inbox' ? target.instance !== undefined : isControlType(target.pattern)
    // To the last: handlers that finish may await replies, and their requesters may give up.
    await this.#feeds.close({ drain, signal: deadline.signal }, staysOpen)

    const abandoned = this.#running.size
    const waiting = Math.max(0, this.#unsettled - abandoned)
    const completed = values.handled - before.handled
    const handedBack = values.nacked - before.nacked + waiting
    this.#giveUp()
    this.#conversations.close(smError('SM_AGENT_STOPPED', `The agent ${this.id} stopped before the reply came`))
    await this.#feeds.close({ drain: false }, () => false)
    // A mesh holds what was published until its receivers are done: they are given the rest of the time.
    const stops = this.#transports.map(transport => transport.stop({ drain, signal: deadline.signal }))
    const failure = (await Promise.allSettled(stops)).find(stop => stop.status === 'rejected')
    cancel()
    signal?.removeEventListener('abort', end)
    this.#deadlines.clear()
    if (failure) throw failure.reason
    return { completed, handedBack, abandoned }
  }

  /** What runs is told to stop, and what waits is not begun. */
  #giveUp(): void {
    this.#state = 'stopped'
    const error = smError('SM_AGENT_STOPPED', `The agent ${this.id} has stopped`, { retryable: true })
    this.#subscriptions.giveUp(error)
    this.#feeds.giveUp()
    for (const job of this.#running) job.abort(error)
  }
}
