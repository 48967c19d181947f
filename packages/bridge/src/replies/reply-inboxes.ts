import {
  type Cancel,
  type Clock,
  type CloseOptions,
  type Delivery,
  type Header,
  type InboxAddress,
  type Logger,
  type MaybePromise,
  type Transport,
  type TransportSubscription,
  toInboxAddress,
} from '@sm/core/transport'
import { bridgeError } from '../errors.ts'
import { AwaitedReplies } from './awaited-replies.ts'

/** Longest time for which a request keeps the inbox for its reply open, in milliseconds: an hour. */
const maxRequestMs = 3_600_000

/** The inbox of an instance that has asked, on the side where the answer is given. */
interface ReplyInbox {
  readonly subscription: TransportSubscription
  /** Undefined once it is open. */
  opening: Promise<void> | undefined
  neededUntil: number
  /** Until when the other instances of the bridge have been told that it is needed. */
  toldUntil: number
}

/**
 * The inboxes for replies, on the far side: each has the address of an instance of the near side that has asked, and what comes there goes
 * back to it. All instances of the bridge have the same, as one group: each reply goes back once, also when the instance that carried the
 * request over has died.
 */
export class ReplyInboxes {
  readonly awaited: AwaitedReplies
  readonly #deps: ReplyInboxesDeps
  readonly #inboxes = new Map<string, ReplyInbox>()
  readonly #closing = new Set<Promise<void>>()
  #sweeping: Cancel | undefined
  #closed = false

  constructor(deps: ReplyInboxesDeps) {
    this.#deps = deps
    this.awaited = new AwaitedReplies(deps.clock)
  }

  get size(): number {
    return this.#inboxes.size
  }

  /** A request is about to cross: resolves once its reply can come. Throws `SM_BRIDGE_REPLIES` or `SM_NAME_INVALID`. */
  open({ id, replyTo, expiresAt }: Header): MaybePromise<void> {
    if (replyTo === undefined) return
    const { clock, idleMs, tell } = this.#deps
    const restMs = expiresAt === undefined ? idleMs : expiresAt - clock.now()
    const needMs = Math.min(maxRequestMs, Math.max(0, restMs))
    const now = clock.elapsed()
    const inbox = this.#need(replyTo, needMs)
    this.awaited.add(id, now + needMs)
    if (inbox.toldUntil < inbox.neededUntil) {
      // Told for longer than needed, so that a steady flow of requests takes few words.
      inbox.toldUntil = inbox.neededUntil + idleMs
      tell(replyTo, inbox.toldUntil - now)
    }
    return inbox.opening
  }

  /** Another instance of the bridge carries over requests of this one. */
  heard(replyTo: string, forMs: number): void {
    const { idleMs } = this.#deps
    this.#need(replyTo, Math.min(maxRequestMs, Math.max(0, forMs - idleMs)))
  }

  async close(options: CloseOptions): Promise<void> {
    this.#closed = true
    this.#sweeping?.()
    for (const [replyTo, { subscription }] of this.#inboxes) this.#end(replyTo, subscription, options)
    await Promise.all(this.#closing)
  }

  #need(replyTo: string, needMs: number): ReplyInbox {
    const { clock, idleMs } = this.#deps
    const inbox = this.#inboxes.get(replyTo) ?? this.#make(replyTo)
    inbox.neededUntil = Math.max(inbox.neededUntil, clock.elapsed() + needMs + idleMs)
    return inbox
  }

  #make(replyTo: string): ReplyInbox {
    const { transport, group, prefetch, maxInboxes, onReply, clock } = this.#deps
    if (this.#closed || this.#inboxes.size >= maxInboxes) {
      const what = `The bridge ${group} has ${this.#inboxes.size} inboxes for replies open (maxReplyInboxes)`
      throw bridgeError('SM_BRIDGE_REPLIES', this.#closed ? `The bridge ${group} stops` : what)
    }
    const target = toInboxAddress(replyTo)
    const subscription = transport.subscribe({ target, group, prefetch, durable: false }, delivery => {
      this.awaited.over(delivery.frame.header.correlationId)
      onReply(delivery, target)
    })
    const now = clock.elapsed()
    const inbox: ReplyInbox = { subscription, opening: undefined, neededUntil: now, toldUntil: now }
    inbox.opening = subscription.ready.then(
      () => {
        inbox.opening = undefined
      },
      error => {
        this.#end(replyTo, subscription, {})
        throw error
      },
    )
    // An instance that only heard of it does not wait for it.
    inbox.opening.catch(() => undefined)
    this.#inboxes.set(replyTo, inbox)
    this.#sweepLater()
    return inbox
  }

  #sweepLater(): void {
    this.#sweeping ??= this.#deps.clock.schedule(() => {
      this.#sweeping = undefined
      this.#sweep()
    }, this.#deps.idleMs)
  }

  /** Closes what has been needed by nobody for a while. */
  #sweep(): void {
    const now = this.#deps.clock.elapsed()
    this.awaited.expire()
    for (const [replyTo, { neededUntil, subscription }] of this.#inboxes) {
      if (neededUntil <= now) this.#end(replyTo, subscription, { drain: true })
    }
    if (this.#inboxes.size > 0 && !this.#closed) this.#sweepLater()
  }

  #end(replyTo: string, subscription: TransportSubscription, options: CloseOptions): void {
    this.#inboxes.delete(replyTo)
    const { logger, group: bridge } = this.#deps
    const closing: Promise<void> = subscription
      .close(options)
      .catch(error => logger.warn({ bridge, error }, 'An inbox for replies could not be closed'))
      .then(() => void this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}

/** What the inboxes for replies need. */
export interface ReplyInboxesDeps {
  /** The wire on which answers are given. */
  readonly transport: Transport
  /** The name of the bridge, whose instances share each inbox. */
  readonly group: string
  readonly prefetch: number
  readonly maxInboxes: number
  readonly idleMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly onReply: (delivery: Delivery, address: InboxAddress) => void
  /** Tells the other instances of the bridge that an inbox is needed for so long. */
  readonly tell: (replyTo: string, forMs: number) => void
}
