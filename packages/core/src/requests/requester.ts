import type { Delivery } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { abortable, type Deadlines, isPromise, withDeadline } from '../kernel/index.ts'
import { controlTypes, isControlType, type LocalFrame, type MessageType } from '../message/index.ts'
import type { Feeds, Job, RequestInboxes } from '../receiving/index.ts'
import type { Receipt } from '../routing/index.ts'
import { checkAttributes, type FrameFactory, type Publisher, type Wishes } from '../sending/index.ts'
import { type AgentSettings, checkPublishOptions, type RequestOptions } from '../settings/index.ts'
import type { Reported, Reporter } from '../telemetry/index.ts'
import { type PendingRequest, PendingRequests } from './pending-requests.ts'

/** Sends the requests of one agent, and takes in what comes back. */
export class Requester implements RequestInboxes {
  readonly #deps: RequesterDeps
  readonly #pending: PendingRequests
  readonly #replyTo: string
  #inbox: Promise<void> | undefined
  #listens = false

  constructor(deps: RequesterDeps) {
    const { id, instance, maxRequests } = deps.settings
    this.#deps = deps
    this.#replyTo = `${id}/${instance}`
    this.#pending = new PendingRequests({
      deadlines: deps.deadlines,
      maxRequests,
      onAbandoned: (message, request) => this.#cancel(message, request),
      onLate: ({ type, version }, id) => this.#late({ header: { id, type, version, from: this.#replyTo } }),
    })
  }

  /** Requests that await their replies. */
  get pending(): number {
    return this.#pending.size
  }

  request(message: MessageType, payload: unknown, options: RequestOptions): Promise<unknown> {
    if (!message.reply) throw smError('SM_REPLY_MISSING', `${message.type} cannot be requested`)
    checkPublishOptions(options)
    checkAttributes(options)
    const { clock, requestTimeoutMs } = this.#deps.settings
    const startedAt = clock.elapsed()
    const endsAt = startedAt + (options.timeoutMs ?? requestTimeoutMs)
    if (this.#listens) return this.#make(message, payload, options, startedAt, endsAt)
    return this.#inTime(this.openReplies(), message, options, endsAt, 'The inbox for replies did not open').then(() =>
      this.#make(message, payload, options, clock.elapsed(), endsAt),
    )
  }

  /** Opens the inbox of this instance, where replies come in. */
  openReplies(): Promise<void> {
    const { feeds, settings } = this.#deps
    const { id: agent, instance, prefetch } = settings
    const target = { kind: 'inbox', agent, instance } as const
    this.#inbox ??= feeds
      .openInbox({ target, group: agent, prefetch, durable: false }, delivery => this.#takeReply(delivery))
      .then(() => {
        this.#listens = true
      })
    return this.#inbox
  }

  /** Listens for requesters of a type who have given up, so that its handlers can be told. */
  openCancels({ type }: MessageType): Promise<void> {
    const { feeds, running } = this.#deps
    const target = { kind: 'pattern', pattern: controlTypes.cancel + type } as const
    return feeds.openControl(
      { target, group: this.#replyTo, prefetch: 64, durable: false, delivery: 'at-most-once' },
      ({ frame }) => {
        for (const job of running) {
          if (job.header.id !== frame.header.correlationId) continue
          job.abort(smError('SM_REQUEST_TIMEOUT', `The requester of ${type} has given up`))
        }
      },
    )
  }

  /** Resolves once the requests that are under way now have ended. */
  settled(): Promise<void> {
    return this.#pending.settled()
  }

  /** Ends all requests that are under way. */
  close(error: unknown): void {
    this.#pending.close(error)
  }

  #takeReply({ frame }: Delivery): boolean {
    if (!isControlType(frame.header.type)) return false
    if (!this.#pending.receive(frame)) this.#late(frame)
    return true
  }

  #late(reply: Reported): void {
    this.#deps.reporter.count('lateReplies', reply)
    this.#deps.reporter.log('debug', reply, 'A reply came too late', {})
  }

  #make(
    message: MessageType,
    payload: unknown,
    options: RequestOptions,
    madeAt: number,
    endsAt: number,
  ): Promise<unknown> {
    const { settings, frames } = this.#deps
    const time = settings.clock.now()
    const { to, key, correlationId, causationId, trace, extensions, signal } = options
    const frame = frames.message(message, payload, {
      to,
      key,
      correlationId,
      causationId,
      trace,
      extensions,
      delivery: 'at-most-once',
      replyTo: this.#replyTo,
      time,
      madeAt,
      expiresAt: time + Math.max(1, Math.ceil(endsAt - madeAt)),
    })
    if (!isPromise(frame)) return this.#ask(message, frame, endsAt, signal, options)
    return this.#inTime(frame, message, options, endsAt, 'The schema did not answer').then(made =>
      this.#ask(message, made, endsAt, signal, options),
    )
  }

  /** Work that must be done before a request can be sent is part of its time. */
  #inTime<T>(
    promise: Promise<T>,
    { type }: MessageType,
    { signal }: RequestOptions,
    endsAt: number,
    what: string,
  ): Promise<T> {
    const late = () =>
      smError('SM_REQUEST_TIMEOUT', `${what} in time for ${type}`, { details: { type, outcome: 'failed' } })
    const inTime = withDeadline(promise, this.#deps.deadlines, endsAt, late)
    // As many turns with a signal as without one: of two requests the first leaves first.
    return signal ? abortable(inTime, signal) : inTime.then(value => value)
  }

  #ask(
    message: MessageType,
    frame: LocalFrame,
    endsAt: number,
    signal: AbortSignal | undefined,
    { route, via }: Wishes,
  ): Promise<unknown> {
    const pending = this.#pending.open(frame.header.id, message, endsAt, signal)
    frame.asker = pending
    try {
      const timeoutMs = Math.ceil(endsAt - frame.madeAt)
      const receipt = this.#deps.publisher.send(message, frame, { timeoutMs, endsAt, route, via })
      if (isPromise(receipt)) {
        receipt.then(
          settled => this.#sent(pending, settled),
          error => this.#pending.fail(pending.id, error),
        )
      } else this.#sent(pending, receipt)
    } catch (error) {
      this.#pending.fail(pending.id, error)
    }
    return pending.reply
  }

  #sent({ id, message }: PendingRequest, { evidence }: Receipt): void {
    if (evidence === 'none') this.#pending.fail(id, smError('SM_ROUTE_NONE', `Nobody answers ${message.type}`))
  }

  /** Tells whoever may be working on a request that nobody waits for it any more. */
  #cancel({ type }: MessageType, id: string): void {
    const { frames, publisher, feeds } = this.#deps
    const frame = frames.control(controlTypes.cancel + type, {}, undefined, id)
    const address = { kind: 'topic', topic: frame.header.type } as const
    for (const transport of feeds.transports) {
      if (transport.routes(address).length > 0) publisher.quietly(frame, () => transport.publish(frame, address))
    }
  }
}

export interface RequesterDeps {
  readonly settings: AgentSettings
  readonly frames: FrameFactory
  readonly publisher: Publisher
  readonly feeds: Feeds
  readonly reporter: Reporter
  readonly deadlines: Deadlines
  /** Handlers that run and have not returned. */
  readonly running: ReadonlySet<Job>
}
