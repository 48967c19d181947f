import type { DeadLetter, TransportHealth } from '../contract/index.ts'
import type { Directory, DirectoryEntry, WaitForOptions } from '../directory/index.ts'
import { smError } from '../errors/index.ts'
import { isPromise } from '../kernel/index.ts'
import {
  type InputOf,
  type MessageType,
  type Payload,
  type PayloadOf,
  type ReplyOf,
  type RequestType,
  toInboxAddress,
} from '../message/index.ts'
import type { Handler, MessageStream, Opening, PatternHandler, Subscription } from '../receiving/index.ts'
import type { Plan, Receipt } from '../routing/index.ts'
import type { RankedTransport } from '../sending/index.ts'
import {
  type AgentSettings,
  type PublishOptions,
  type RequestOptions,
  requireTimeout,
  type StopOptions,
  type SubscribeOptions,
} from '../settings/index.ts'
import {
  type AgentHealth,
  type AgentState,
  requireNotStopped,
  requireRunning,
  type StopReport,
  stopped,
} from './agent-state.ts'
import { AgentTransports } from './agent-transports.ts'
import { type Composition, compose } from './compose.ts'
import { stopComposition } from './stop-composition.ts'

/** An addressable participant: it publishes, subscribes, requests and replies. Made by `createAgent`. */
export class Agent implements AsyncDisposable {
  readonly id: string
  /** ULID of this running copy. */
  readonly instance: string
  readonly namespace: string
  readonly #settings: AgentSettings
  readonly #composition: Composition
  /** The transports of the agent: they can be added, drained, removed and replaced while it runs. */
  readonly transports: AgentTransports
  #state: AgentState = 'running'
  #stopping: Promise<StopReport> | undefined

  /** Use `createAgent`: it makes and starts the transports. @internal */
  constructor(settings: AgentSettings, ladder: readonly RankedTransport[]) {
    this.id = settings.id
    this.instance = settings.instance
    this.namespace = settings.namespace
    this.#settings = settings
    this.#composition = compose(settings, ladder, this)
    this.transports = new AgentTransports(settings, this.#composition)
  }

  /**
   * Publishes a message: to one agent with `to`, else to everyone who subscribes to its type. Resolves when a transport
   * has it; the receipt says what is known.
   *
   * Rejects with `SM_PAYLOAD_NOT_PORTABLE`, `SM_PAYLOAD_INVALID`, `SM_ROUTE_NONE`, `SM_ROUTE_POLICY`, `SM_REPEAT_UNNOTICED`,
   * `SM_QUORUM_MISSING`, `SM_CAPABILITY_MISSING`, `SM_PUBLISH_TIMEOUT`, `SM_AGENT_STOPPED`, or what the transport says.
   * `details.outcome` of the error is `failed` when no one can have got the message, `unknown` when someone may have.
   */
  publish<Type extends MessageType>(message: Type, payload: InputOf<Type>, options?: PublishOptions): Promise<Receipt> {
    try {
      requireNotStopped(this.id, this.#state, 'publish')
      const receipt = this.#composition.publisher.publish(message, payload, options)
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
      return this.#composition.requester.request(message, payload, options) as Promise<ReplyOf<Type>>
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
    if (typeof second === 'function') return this.#composition.subscriptions.handle(wanted, second, third)
    return this.#composition.subscriptions.iterate(wanted, second)
  }

  /**
   * Subscribes to every type that fits a pattern: `*` is one segment, `#` any number. Payloads are as they came, no schema
   * has looked at them. Throws as {@link Agent.subscribe} does.
   */
  subscribePattern(pattern: string, handler: PatternHandler, options: SubscribeOptions = {}): Opening<Subscription> {
    requireRunning(this.id, this.#state, 'subscribe')
    return this.#composition.subscriptions.handle(pattern, handler, options)
  }

  /** The messages of a type, or of a pattern, to be looped over. Throws as {@link Agent.subscribe} does. */
  stream<const Wanted extends MessageType | string>(
    wanted: Wanted,
    options: SubscribeOptions = {},
  ): Opening<MessageStream<Wanted extends MessageType ? PayloadOf<Wanted> : Payload>> {
    requireRunning(this.id, this.#state, 'subscribe')
    return this.#composition.subscriptions.iterate(wanted, options) as never
  }

  /**
   * Opens the inbox of the agent, once its handlers are attached: for one that is made with `inbox: 'on-listen'`. Resolves
   * once what is addressed to the agent will arrive.
   */
  async listen(): Promise<void> {
    requireRunning(this.id, this.#state, 'listen')
    await this.#composition.subscriptions.listen()
  }

  /**
   * Messages that were given up and are kept in this process, oldest first, by their transport: over memory and the wires without
   * a broker. Brokers keep their own; the guide of each says where.
   */
  deadLetters(): readonly (DeadLetter & { readonly transport: string })[] {
    return this.#composition.ladder.flatMap(
      ({ transport }) => transport.deadLetters?.().map(letter => ({ ...letter, transport: transport.name })) ?? [],
    )
  }

  /** How a message would travel now, and why: print it. Throws `SM_ROUTE_POLICY` or `SM_REPEAT_UNNOTICED`. */
  explain(
    message: MessageType,
    options: Pick<PublishOptions, 'to' | 'delivery' | 'route' | 'via'> = {},
  ): Plan & { toString(): string } {
    return this.#composition.sender.explain(
      message,
      options.delivery ?? message.delivery,
      options.to ?? message.to,
      options,
    )
  }

  /** Who is there, as far as this agent has heard. */
  get directory(): Directory {
    return this.#composition.directory
  }

  /**
   * Resolves once an agent (`billing`) or an instance (`billing/01J…`) takes messages that are addressed to it, with what is known of it: for
   * those who start before others. Rejects with `SM_WAIT_TIMEOUT`, `SM_NAME_INVALID`, `SM_AGENT_OPTIONS`, `SM_AGENT_STOPPED` or the reason of the signal.
   */
  async waitFor(agent: string, options: WaitForOptions = {}): Promise<readonly DirectoryEntry[]> {
    requireNotStopped(this.id, this.#state, 'wait')
    requireTimeout('timeoutMs', options.timeoutMs ?? 1)
    await this.#composition.arrivals.wait(toInboxAddress(agent), options)
    return this.directory.get(agent)
  }

  /** The state of the agent and its transports. Never rejects for a transport that is down: that is what it tells. */
  async health(): Promise<AgentHealth> {
    const { reporter, sender, deliveries, running, requester, ladder } = this.#composition
    const transports: Record<string, TransportHealth> = {}
    for (const { transport } of [...ladder]) transports[transport.name] = await transport.health()
    return {
      state: this.#state,
      healthy: this.#state === 'running' && ladder.every(({ transport }) => transport.state === 'ready'),
      transports,
      breakers: sender.breakers,
      outbox: sender.outbox,
      counters: { ...reporter.counts },
      unsettled: deliveries.unsettled,
      running: running.size,
      requests: requester.pending,
    }
  }

  /**
   * Stops the agent: takes on nothing new, finishes what was taken on, answers what was asked, sends what waits for a transport, then
   * closes the transports. Handlers may still publish while it drains. Idempotent; every call gets the same report. Called by a handler
   * of the agent itself, it resolves at once with what is known, and the stop goes on: it cannot wait for its caller.
   */
  async stop(options: StopOptions = {}): Promise<StopReport> {
    if (!this.#stopping) {
      this.#state = 'draining'
      const stopping = stopComposition(this.#settings, this.#composition, options, () => this.#giveUp())
      const changes = this.transports.close(stopped(this.id, 'draining', 'change its transports'))
      this.#stopping = Promise.all([stopping, changes]).then(([report]) => report)
    }
    const { caller } = this.#composition.subscriptions
    if (!caller) return this.#stopping
    this.#stopping.catch(error => this.#settings.logger.error({ agent: this.id, error }, 'A stop failed'))
    const running = new Set([...this.#composition.running, caller]).size
    return { completed: 0, handedBack: 0, abandoned: 0, unsent: 0, running }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Tells handlers that run to stop, and begins nothing that waits. */
  #giveUp(): void {
    this.#state = 'stopped'
    const { subscriptions, feeds, running } = this.#composition
    const error = smError('SM_AGENT_STOPPED', `The agent ${this.id} has stopped`, { retryable: true })
    subscriptions.giveUp(error)
    feeds.giveUp()
    for (const job of running) job.abort(error)
  }
}
