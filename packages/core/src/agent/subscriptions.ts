import { type Job, Subscriber, type SubscriberHost } from '../dispatch/index.ts'
import { type SmError, smError } from '../errors/index.ts'
import { checkPattern, isMessageType, type MessageType, matchesPattern, type Payload } from '../message/index.ts'
import type { CloseOptions } from '../transport/index.ts'
import type { MessageContext } from './context.ts'
import type { Conversations } from './conversations.ts'
import type { Feeds } from './feeds.ts'
import { type AgentSettings, type SubscribeOptions, type SubscribeSettings, toSubscribeSettings } from './options.ts'
import { MessageStream, Subscription } from './subscription.ts'

/** Handles whatever fits a pattern. Payloads are as they came: no schema has looked at them. */
export type PatternHandler = (payload: Payload, context: MessageContext) => unknown

/** The parts of an agent that a subscription needs. */
export interface SubscriptionParts {
  readonly settings: AgentSettings
  readonly feeds: Feeds
  readonly conversations: Conversations
  readonly host: SubscriberHost
  readonly contextOf: (job: Job) => MessageContext
}

/** The handlers and loops of one agent. */
export class Subscriptions {
  readonly #parts: SubscriptionParts
  /** Those that are open, with the loops that some of them feed. */
  readonly #subscribers = new Map<Subscriber, MessageStream<unknown> | undefined>()
  /** By what their handlers are told apart. */
  readonly #keys = new Set<string>()

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
  }

  /** Adds a handler. */
  handle(wanted: MessageType | string, handler: PatternHandler, options: SubscribeOptions): Subscription {
    return this.#add(wanted, handler, options, toSubscribeSettings(this.#parts.settings, options, false))
  }

  /** Adds a loop. */
  iterate(wanted: MessageType | string, options: SubscribeOptions): MessageStream<unknown> {
    const stream = new MessageStream<unknown>()
    const settings = toSubscribeSettings(this.#parts.settings, options, true)
    const push: PatternHandler = (payload, context) => stream.push(payload, context)
    return stream.attach(this.#add(wanted, push, options, settings, stream))
  }

  /** Has no handler and no loop begin anything more: what waits for its turn goes back. */
  giveUp(error: SmError): void {
    for (const [subscriber, stream] of this.#subscribers) {
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
    const { feeds } = this.#parts
    const message = isMessageType(wanted) ? wanted : undefined
    const pattern = message?.type ?? (wanted as string)
    checkPattern(pattern)
    feeds.check(pattern, settings.durable)
    const subscriber = this.#subscriber(message, pattern, handler, settings)
    const subscription = new Subscription(this.#open(subscriber, pattern, settings), async (close: CloseOptions) => {
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
    })
    this.#subscribers.set(subscriber, stream)
    this.#keys.add(subscriber.key)
    const onAbort = () => void subscription.close()
    if (options.signal?.aborted) onAbort()
    else options.signal?.addEventListener('abort', onAbort, { once: true })
    return subscription
  }

  #open(subscriber: Subscriber, pattern: string, settings: SubscribeSettings): Promise<void> {
    const { feeds, conversations, settings: agent } = this.#parts
    const { group, prefetch, durable, only } = settings
    const ready: Promise<void>[] = []
    if (only !== 'direct') {
      ready.push(feeds.add({ target: { kind: 'pattern', pattern }, group, prefetch, durable }, subscriber))
    }
    if (only !== 'broadcast') {
      const inbox = { kind: 'inbox', agent: agent.id } as const
      const spec = { target: inbox, group: agent.id, prefetch: agent.prefetch, durable: agent.durable }
      ready.push(feeds.addDirect(spec, subscriber, type => matchesPattern(pattern, type)))
      ready.push(conversations.openInbox())
    }
    if (subscriber.message?.reply) ready.push(conversations.openCancels(subscriber.message))
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
    const { host, contextOf } = this.#parts
    const { tracing } = this.#parts.settings
    const versions = settings.versions ?? (message && [message.version, ...message.upcast.keys()])
    return new Subscriber(
      {
        ...settings,
        from: settings.from ?? message?.from,
        key: this.#key(`${settings.group} on ${pattern}`, settings.name),
        message,
        versions: versions && new Set(versions),
        handle: job => {
          const { traceparent, tracestate } = job.header
          const trace = traceparent === undefined ? undefined : { traceparent, tracestate }
          return tracing.run(trace, () => handler(job.payload as Payload, contextOf(job)))
        },
      },
      host,
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

/** Why what waited for a handler is for another to handle. */
function closed(pattern: string): SmError {
  return smError('SM_SUBSCRIPTION_CLOSED', `The subscription to ${pattern} was closed before its turn came`, {
    retryable: true,
  })
}
