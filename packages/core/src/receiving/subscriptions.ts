import type { CloseOptions, Transport } from '../contract/index.ts'
import type { Handled, Inbox } from '../directory/index.ts'
import { type SmError, smError } from '../errors/index.ts'
import type { MaybePromise } from '../kernel/index.ts'
import {
  checkPattern,
  isMessageType,
  type MessageType,
  matchesPattern,
  type Payload,
  type PayloadOf,
  type ReplyInputOf,
} from '../message/index.ts'
import {
  type AgentSettings,
  type Durability,
  requireDurable,
  type SubscribeOptions,
  type SubscribeSettings,
  toSubscribeSettings,
} from '../settings/index.ts'
import { type ContextHost, JobContext, type MessageContext } from './context.ts'
import type { Feeds } from './feeds.ts'
import { callingHandler, inHandler } from './handler-scope.ts'
import type { Job } from './job.ts'
import { MessageStream } from './message-stream.ts'
import type { RequestInboxes } from './request-hosts.ts'
import { Subscriber, type SubscriberDeps } from './subscriber.ts'
import { type Opening, opening, Subscription } from './subscription.ts'

/** Handles a message; what it returns answers a request. */
export type Handler<Type extends MessageType> = (
  payload: PayloadOf<Type>,
  context: MessageContext,
) => Type['reply'] extends undefined ? unknown : MaybePromise<ReplyInputOf<Type>>

/** Handles whatever fits a pattern. Payloads are as they came: no schema has looked at them. */
export type PatternHandler = (payload: Payload, context: MessageContext) => unknown

/** The handlers and loops of one agent. */
export class Subscriptions {
  readonly #deps: SubscriptionsDeps
  /** Subscribers that are open. */
  readonly #subscribers = new Map<Subscriber, Open>()
  /** The names by which handlers are told apart. */
  readonly #keys = new Set<string>()
  #listens: boolean
  #isOpen = false
  #onChange = () => {}

  constructor(deps: SubscriptionsDeps) {
    this.#deps = deps
    this.#listens = !deps.settings.opensOnListen
  }

  /** Adds a handler. */
  handle(wanted: MessageType | string, handler: PatternHandler, options: SubscribeOptions): Opening<Subscription> {
    const settings = toSubscribeSettings(this.#deps.settings, options, false)
    const subscription = this.#add(wanted, handler, options, settings)
    return opening(subscription, subscription.ready)
  }

  /** Adds a loop. */
  iterate(wanted: MessageType | string, options: SubscribeOptions): Opening<MessageStream<unknown>> {
    const stream = new MessageStream<unknown>()
    const settings = toSubscribeSettings(this.#deps.settings, options, true)
    const push: PatternHandler = (payload, context) => stream.push(payload, context)
    stream.attach(this.#add(wanted, push, options, settings, stream))
    return opening(stream, stream.ready)
  }

  /** The handler of this agent that calls, if one does: nothing that it calls may wait for it. */
  get caller(): Job | undefined {
    const { running } = this.#deps.handling
    const caller = callingHandler(running)
    const isOwn = caller && (running.has(caller) || this.#subscribers.has(caller.subscriber as Subscriber))
    return isOwn ? caller : undefined
  }

  /** What is handled, as others may know it. */
  get handled(): readonly Handled[] {
    const { isDurable } = this.#deps.feeds
    return Array.from(this.#subscribers.values(), ({ handled, durable }) => ({
      ...handled,
      durable: durable !== false && isDurable,
    }))
  }

  /** Whether the inbox of the agent is open. */
  get inbox(): Inbox {
    if (!this.#isOpen) return 'none'
    return this.#deps.settings.durable !== false && this.#deps.feeds.isDurable ? 'kept' : 'open'
  }

  /** Has `onChange` called when what is handled, or the inbox, has changed. */
  follow(onChange: () => void): void {
    this.#onChange = onChange
  }

  /** Throws `SM_CAPABILITY_MISSING` where the inbox or a subscription must be kept, and none of these transports keeps any. */
  requireDurable(transports: readonly Pick<Transport, 'capabilities'>[]): void {
    const { id, durable } = this.#deps.settings
    requireDurable(`The inbox of the agent ${id}`, durable, transports)
    for (const { handled, durable } of this.#subscribers.values()) {
      requireDurable(`The subscription to ${handled.type}`, durable, transports)
    }
  }

  /** Opens the inbox of the agent. */
  listen(): Promise<void> {
    this.#listens = true
    const { feeds, inboxes, settings } = this.#deps
    const target = { kind: 'inbox', agent: settings.id } as const
    const { prefetch, durable } = settings
    const inbox = feeds.openInbox({ target, group: settings.id, prefetch, durable: durable !== false }, undefined)
    return Promise.all([inbox, inboxes.openReplies()]).then(() => {
      if (this.#isOpen) return
      this.#isOpen = true
      this.#onChange()
    })
  }

  /** Has no handler and no loop begin anything more: what waits for its turn goes back. */
  giveUp(error: SmError): void {
    for (const [subscriber, { stream }] of this.#subscribers) {
      subscriber.giveUp(error)
      stream?.end()
    }
  }

  #add(
    wanted: MessageType | string,
    handler: PatternHandler,
    options: SubscribeOptions,
    settings: SubscribeSettings,
    stream?: MessageStream<unknown>,
  ): Subscription {
    const { feeds } = this.#deps
    const message = isMessageType(wanted) ? wanted : undefined
    const pattern = message?.type ?? (wanted as string)
    checkPattern(pattern)
    feeds.check(pattern, settings.durable)
    const subscriber = this.#subscriber(message, pattern, handler, settings)
    const subscription = new Subscription(this.#open(subscriber, pattern, settings), {
      isCallingItself: () => callingHandler(this.#deps.handling.running)?.subscriber === subscriber,
      close: async (close: CloseOptions) => {
        options.signal?.removeEventListener('abort', onAbort)
        this.#keys.delete(subscriber.key)
        if (!close.drain) {
          subscriber.giveUp(closed(pattern))
          stream?.end()
        }
        await feeds.remove(subscriber, close)
        if (close.drain) await subscriber.idle()
        stream?.end()
        this.#subscribers.delete(subscriber)
        this.#onChange()
      },
    })
    const { group, durable } = settings
    const versions = subscriber.versions && [...subscriber.versions]
    this.#subscribers.set(subscriber, {
      stream,
      handled: { type: pattern, group, ...(versions && { versions }) },
      durable,
    })
    this.#keys.add(subscriber.key)
    this.#onChange()
    const onAbort = () => void subscription.close()
    if (options.signal?.aborted) onAbort()
    else options.signal?.addEventListener('abort', onAbort, { once: true })
    return subscription
  }

  #open(subscriber: Subscriber, pattern: string, settings: SubscribeSettings): Promise<void> {
    const { feeds, inboxes } = this.#deps
    const { group, prefetch, only } = settings
    const durable = settings.durable !== false
    const ready: Promise<void>[] = []
    if (only !== 'direct') {
      ready.push(feeds.add({ target: { kind: 'pattern', pattern }, group, prefetch, durable }, subscriber))
    }
    if (only !== 'broadcast') {
      feeds.addDirect(subscriber, type => matchesPattern(pattern, type))
      if (this.#listens) ready.push(this.listen())
    }
    if (subscriber.message?.reply) ready.push(inboxes.openCancels(subscriber.message))
    const all = Promise.all(ready).then(() => undefined)
    // It need not be awaited: a failure shows in the state of its transport.
    all.catch(() => undefined)
    return all
  }

  #subscriber(
    message: MessageType | undefined,
    pattern: string,
    handler: PatternHandler,
    settings: SubscribeSettings,
  ): Subscriber {
    const { handling, contextHost } = this.#deps
    const { tracing } = this.#deps.settings
    const versions = settings.versions ?? (message && [message.version, ...message.upcast.keys()])
    const call = (job: Job) => {
      const { traceparent, tracestate } = job.header
      const context = new JobContext(job, contextHost)
      const trace = traceparent === undefined ? undefined : { traceparent, tracestate }
      return tracing.run(trace, () => handler(job.payload as Payload, context))
    }
    return new Subscriber(
      {
        ...settings,
        from: settings.from ?? message?.from,
        key: this.#key(`${settings.group} on ${pattern}`, settings.name),
        message,
        versions: versions && new Set(versions),
        handle: job => inHandler(handling.running, job, call),
      },
      handling,
    )
  }

  /** Handlers of one type are told apart by name, else by their order, which is the same in each instance of an agent. */
  #key(base: string, name: string | undefined): string {
    let key = `${base} #${name ?? 0}`
    if (name !== undefined && this.#keys.has(key)) {
      throw smError('SM_SUBSCRIPTION_OPTIONS', `There is a handler of ${base} under the name "${name}" already`)
    }
    for (let number = 1; this.#keys.has(key); number++) key = `${base} #${number}`
    return key
  }
}

/** A subscriber that is open: the loop that it feeds, if it does, and what others may know of it. */
interface Open {
  readonly stream: MessageStream<unknown> | undefined
  readonly handled: Omit<Handled, 'durable'>
  /** What was asked for. */
  readonly durable: Durability
}

/** Why what waited for a handler is for another to handle. */
function closed(pattern: string): SmError {
  return smError('SM_SUBSCRIPTION_CLOSED', `The subscription to ${pattern} was closed before its turn came`, {
    retryable: true,
  })
}

export interface SubscriptionsDeps {
  readonly settings: AgentSettings
  readonly feeds: Feeds
  readonly inboxes: RequestInboxes
  readonly handling: SubscriberDeps
  /** The ways in which contexts publish and request. */
  readonly contextHost: ContextHost
}
