import type { CloseOptions, Delivery, SubscriptionSpec, Transport, TransportSubscription } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { formatAgentRef, type Header, isControlType, isWildcard } from '../message/index.ts'
import { type Durability, requireDurable } from '../settings/index.ts'
import { requireSubscribable } from '../transport-kit/index.ts'
import { createReceiver, type ReceiverDeps } from './receiver.ts'
import type { Subscriber } from './subscriber.ts'

/**
 * One subscription of the agent on each of its transports, shared by the handlers that want the same frames: a
 * delivery is settled when all of them have concluded.
 */
class Feed {
  readonly ready: Promise<void>
  subscribers: readonly Subscriber[] = []
  readonly spec: SubscriptionSpec
  readonly #receiver: FeedReceiver
  readonly #subscriptions = new Map<Transport, TransportSubscription>()

  constructor(spec: SubscriptionSpec, transports: Iterable<Transport>, receiver: FeedReceiver) {
    this.spec = spec
    this.#receiver = receiver
    this.ready = Promise.all(Array.from(transports, transport => this.open(transport))).then(() => undefined)
    // It need not be awaited: a failure shows in the state of its transport.
    this.ready.catch(() => undefined)
  }

  /** Subscribes on one transport. Resolves once what is published there will arrive. */
  open(transport: Transport): Promise<void> {
    const spec = { ...this.spec, durable: this.spec.durable && transport.capabilities.durable }
    const subscription = transport.subscribe(spec, this.#receiver(transport, this))
    this.#subscriptions.set(transport, subscription)
    return subscription.ready
  }

  async close(options: CloseOptions): Promise<void> {
    await Promise.all(Array.from(this.#subscriptions.values(), subscription => subscription.close(options)))
  }

  /** Takes its subscription off one transport. */
  async leave(transport: Transport, options: CloseOptions): Promise<void> {
    const subscription = this.#subscriptions.get(transport)
    this.#subscriptions.delete(transport)
    await subscription?.close(options)
  }
}

type FeedReceiver = (transport: Transport, feed: Feed) => (delivery: Delivery) => void

/** The feeds of one agent: one per topic and group, one for its inbox, one for the inbox of this instance. */
export class Feeds {
  readonly #transports: Set<Transport>
  readonly #deps: ReceiverDeps
  readonly #feeds = new Map<string, Feed>()
  /** Handlers of what is addressed to the agent, by message type. */
  readonly #direct = new Map<string, readonly Subscriber[]>()
  /** Closes of single feeds that are under way. */
  readonly #closing = new Set<Promise<void>>()
  /** Aborts when the agent gives up: no close drains any longer. */
  readonly #gaveUp = new AbortController()
  /** Whether one message may have come by several transports. */
  #hadSeveral: boolean
  #directSubscribers: ReadonlyArray<{ readonly subscriber: Subscriber; readonly matches: (type: string) => boolean }> =
    []

  /** `transports` are those that bring messages: what only publishes is none. */
  constructor(transports: readonly Transport[], deps: ReceiverDeps) {
    this.#transports = new Set(transports)
    this.#hadSeveral = transports.length > 1
    this.#deps = deps
  }

  /** The transports that bring messages. */
  get transports(): ReadonlySet<Transport> {
    return this.#transports
  }

  /** Whether one message may have come by several transports: once it may, copies of it may come later. */
  get hadSeveral(): boolean {
    return this.#hadSeveral
  }

  /** Whether any of the transports can keep messages while nobody is there. */
  get isDurable(): boolean {
    return [...this.#transports].some(({ capabilities }) => capabilities.durable)
  }

  /** Throws `SM_CAPABILITY_MISSING` unless the transports can serve such a subscription. */
  check(pattern: string, durable: Durability): void {
    for (const transport of this.#transports) {
      requireSubscribable(transport.name, transport.capabilities, { wildcard: isWildcard(pattern) })
    }
    if (this.#transports.size === 0) {
      const lack = 'every transport of the agent only publishes'
      throw smError('SM_CAPABILITY_MISSING', `The subscription to ${pattern} cannot be served: ${lack}`)
    }
    requireDurable(`The subscription to ${pattern}`, durable, [...this.#transports])
  }

  /** Adds a handler to the feed of `spec`. */
  add(spec: SubscriptionSpec, subscriber: Subscriber): Promise<void> {
    const feed = this.#open(spec, (transport, opened) => {
      const receive = createReceiver(this.#deps, transport, () => opened.subscribers)
      if (spec.target.kind === 'inbox' || !isWildcard(spec.target.pattern)) return receive
      // A wildcard fits the library's own messages too, which are nobody else's business.
      return delivery => {
        if (isControlType(delivery.frame.header.type)) delivery.ack()
        else receive(delivery)
      }
    })
    feed.subscribers = [...feed.subscribers, subscriber]
    return feed.ready
  }

  /** Adds a handler of what is addressed to the agent: those are told apart by message type. */
  addDirect(subscriber: Subscriber, matches: (type: string) => boolean): void {
    this.#directSubscribers = [...this.#directSubscribers, { subscriber, matches }]
    this.#direct.clear()
  }

  /** Opens an inbox, if it is not. `control` takes the library's own messages and says whether it did. */
  openInbox(spec: SubscriptionSpec, control: ((delivery: Delivery) => boolean) | undefined): Promise<void> {
    if (this.#transports.size === 0) {
      throw smError('SM_CAPABILITY_MISSING', 'Nothing can come in: every transport of the agent only publishes')
    }
    const feed = this.#open(spec, transport => {
      const receive = createReceiver(this.#deps, transport, header => this.#directFor(header))
      if (!control) return receive
      return delivery => {
        if (control(delivery)) delivery.ack()
        else receive(delivery)
      }
    })
    return feed.ready
  }

  /** Opens a feed whose messages are all the library's own. */
  openControl(spec: SubscriptionSpec, control: (delivery: Delivery) => void): Promise<void> {
    return this.#open(spec, () => delivery => {
      control(delivery)
      delivery.ack()
    }).ready
  }

  /** Takes a handler away, and closes the feed that it was the last of. */
  async remove(subscriber: Subscriber, options: CloseOptions): Promise<void> {
    this.#directSubscribers = this.#directSubscribers.filter(entry => entry.subscriber !== subscriber)
    this.#direct.clear()
    for (const [key, feed] of this.#feeds) {
      if (!feed.subscribers.includes(subscriber)) continue
      if (feed.subscribers.length === 1) {
        this.#feeds.delete(key)
        // Handlers stay in place while the feed drains.
        await this.#watch(feed.close(this.#untilGivenUp(options)))
      }
      feed.subscribers = feed.subscribers.filter(other => other !== subscriber)
    }
  }

  /**
   * Opens every feed on one more transport, and each that comes. Resolves once all are ready. Throws `SM_CAPABILITY_MISSING` or what
   * the transport says; the caller then has the feeds leave it.
   */
  async join(transport: Transport): Promise<void> {
    this.#hadSeveral ||= this.#transports.size > 0
    this.#transports.add(transport)
    await Promise.all(Array.from(this.#feeds.values(), async feed => feed.open(transport)))
  }

  /** Closes the feeds on one transport but those that `keep` names. What opens from now on opens on the others. */
  async leave(
    transport: Transport,
    options: CloseOptions,
    keep: (spec: SubscriptionSpec) => boolean = () => false,
  ): Promise<void> {
    this.#transports.delete(transport)
    const leaving = [...this.#feeds.values()].filter(({ spec }) => !keep(spec))
    await Promise.all(leaving.map(feed => this.#watch(feed.leave(transport, this.#untilGivenUp(options)))))
  }

  /** Ends every close that drains. */
  giveUp(): void {
    this.#gaveUp.abort()
  }

  /** Closes all feeds but those that `keep` names. */
  async close(options: CloseOptions, keep: (spec: SubscriptionSpec) => boolean): Promise<void> {
    const closing: Promise<void>[] = []
    for (const [key, feed] of this.#feeds) {
      if (keep(feed.spec)) continue
      this.#feeds.delete(key)
      closing.push(feed.close(options))
    }
    await Promise.all([...closing, ...this.#closing])
  }

  /** Remembers a close until it has ended: a stop waits for those that are under way. */
  async #watch(closing: Promise<void>): Promise<void> {
    this.#closing.add(closing)
    try {
      await closing
    } finally {
      this.#closing.delete(closing)
    }
  }

  #untilGivenUp(options: CloseOptions): CloseOptions {
    const { signal } = this.#gaveUp
    return { ...options, signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal }
  }

  #open(spec: SubscriptionSpec, receiver: FeedReceiver): Feed {
    const key = keyOf(spec)
    let feed = this.#feeds.get(key)
    if (!feed) {
      feed = new Feed(spec, this.#transports, receiver)
      this.#feeds.set(key, feed)
    } else if (feed.spec.durable !== spec.durable) {
      throw smError('SM_SUBSCRIPTION_OPTIONS', `Two subscriptions to ${key} differ in "durable"`)
    }
    return feed
  }

  #directFor({ type }: Header): readonly Subscriber[] {
    let subscribers = this.#direct.get(type)
    if (!subscribers) {
      subscribers = this.#directSubscribers.filter(({ matches }) => matches(type)).map(({ subscriber }) => subscriber)
      // Types come from outside: what is remembered of them is bounded.
      if (this.#direct.size === 1_000) this.#direct.clear()
      this.#direct.set(type, subscribers)
    }
    return subscribers
  }
}

function keyOf({ target, group }: SubscriptionSpec): string {
  return target.kind === 'pattern' ? `${target.pattern} as ${group}` : `the inbox ${formatAgentRef(target)}`
}
