import { type Job, type Outcome, type Subscriber, unaccepted } from '../dispatch/index.ts'
import { type SmError, smError, toWireError } from '../errors/index.ts'
import { abortable, type Deadlines, isPromise, type MaybePromise, withDeadline } from '../kernel/index.ts'
import { type Frame, type InboxAddress, type LocalFrame, type MessageType, toInboxAddress } from '../message/index.ts'
import type { Transport } from '../transport/index.ts'
import { controlTypes, isControlType, Requests } from '../workflow/index.ts'
import type { Feeds } from './feeds.ts'
import type { RequestOptions } from './options.ts'
import { checkAttributes, type Outgoing } from './outgoing.ts'
import type { Publisher } from './publisher.ts'
import type { Reports } from './reports.ts'
import type { Receipt } from './sender.ts'
import { type AgentSettings, checkPublishOptions } from './settings.ts'

/** The parts of an agent that converse. */
export interface ConversationParts {
  readonly settings: AgentSettings
  readonly transports: readonly Transport[]
  readonly outgoing: Outgoing
  readonly publisher: Publisher
  readonly feeds: Feeds
  readonly reports: Reports
  readonly deadlines: Deadlines
  /** Handlers that run and have not returned. */
  readonly running: ReadonlySet<Job>
}

/** Most addresses of requesters that are remembered in their parsed form. */
const maxRemembered = 1_000

/** Requests and their answers, on both sides. */
export class Conversations {
  readonly #parts: ConversationParts
  readonly #requests: Requests
  readonly #replyTo: string
  readonly #addresses = new Map<string, InboxAddress>()
  #inbox: Promise<void> | undefined
  #listens = false

  constructor(parts: ConversationParts) {
    const { id, instance, maxRequests } = parts.settings
    this.#parts = parts
    this.#replyTo = `${id}/${instance}`
    this.#requests = new Requests({
      deadlines: parts.deadlines,
      maxRequests,
      onAbandoned: (message, request) => this.#cancel(message, request),
    })
  }

  /** Requests that await their replies. */
  get pending(): number {
    return this.#requests.pending
  }

  request(message: MessageType, payload: unknown, options: RequestOptions): Promise<unknown> {
    if (!message.reply) throw smError('SM_REPLY_MISSING', `${message.type} cannot be requested`)
    checkPublishOptions(options)
    checkAttributes(options)
    const { settings } = this.#parts
    const endsAt = settings.clock.elapsed() + (options.timeoutMs ?? settings.requestTimeoutMs)
    if (this.#listens) return this.#make(message, payload, options, endsAt)
    return this.#inTime(this.openInbox(), message, options, endsAt, 'The inbox for replies did not open').then(() =>
      this.#make(message, payload, options, endsAt),
    )
  }

  #make(message: MessageType, payload: unknown, options: RequestOptions, endsAt: number): Promise<unknown> {
    const { settings, outgoing } = this.#parts
    const time = settings.clock.now()
    const { to, key, correlationId, causationId, trace, extensions, signal } = options
    const frame = outgoing.frame(message, payload, {
      to,
      key,
      correlationId,
      causationId,
      trace,
      extensions,
      delivery: 'at-most-once',
      replyTo: this.#replyTo,
      time,
      expiresAt: time + Math.max(1, Math.ceil(endsAt - settings.clock.elapsed())),
    })
    if (!isPromise(frame)) return this.#ask(message, frame, endsAt, signal)
    return this.#inTime(frame, message, options, endsAt, 'The schema did not answer').then(made =>
      this.#ask(message, made, endsAt, signal),
    )
  }

  /** What must be done before a request can be sent is part of its time. */
  #inTime<T>(
    promise: Promise<T>,
    { type }: MessageType,
    { signal }: RequestOptions,
    endsAt: number,
    what: string,
  ): Promise<T> {
    const late = () =>
      smError('SM_REQUEST_TIMEOUT', `${what} in time for ${type}`, { details: { type, outcome: 'failed' } })
    const inTime = withDeadline(promise, this.#parts.deadlines, endsAt, late)
    // As many turns with a signal as without one: of two requests the first leaves first.
    return signal ? abortable(inTime, signal) : inTime.then(value => value)
  }

  /** Opens the inbox of this instance, where replies come in. */
  openInbox(): Promise<void> {
    const { feeds, settings, reports } = this.#parts
    const { id: agent, instance, prefetch } = settings
    const target = { kind: 'inbox', agent, instance } as const
    this.#inbox ??= feeds
      .openInbox({ target, group: agent, prefetch, durable: false }, ({ frame }) => {
        if (!isControlType(frame.header.type)) return false
        if (!this.#requests.receive(frame)) reports.lateReply(frame)
        return true
      })
      .then(() => {
        this.#listens = true
      })
    return this.#inbox
  }

  /** Listens for requesters of a type who have given up, so that its handlers can be told. */
  openCancels({ type }: MessageType): Promise<void> {
    const { feeds, running } = this.#parts
    const target = { kind: 'pattern', pattern: controlTypes.cancel + type } as const
    return feeds.openControl({ target, group: this.#replyTo, prefetch: 64, durable: false }, ({ frame }) => {
      for (const job of running) {
        if (job.header.id !== frame.header.correlationId) continue
        job.abort(smError('SM_REQUEST_TIMEOUT', `The requester of ${type} has given up`))
      }
    })
  }

  /** A handler has concluded: answers, if somebody asked. */
  answer(job: Job, subscriber: Subscriber, end: Outcome | SmError): MaybePromise<void> {
    const { message } = subscriber
    const { replyTo } = job.header
    if (replyTo === undefined || !message?.reply) return
    if (end === 'handled') return this.#reply(job, message, replyTo)
    if (end === 'unaccepted') return this.refuse(job, unaccepted(job, subscriber))
    if (typeof end !== 'string') return this.refuse(job, end)
  }

  /** Answers with an error. */
  refuse(job: Job, error: unknown): MaybePromise<void> {
    const { id, replyTo, type } = job.header
    if (replyTo === undefined || isControlType(type)) return
    // The requester has given up by itself, and must not learn of our timeout in place of its own.
    if (job.endsAt <= this.#parts.settings.clock.elapsed()) return
    const { code, message, retryable } = toWireError(error, 'SM_HANDLER_FAILED')
    return this.#send(job, this.#parts.outgoing.control(controlTypes.error, { code, message, retryable }, replyTo, id))
  }

  /** Ends all requests that are under way. */
  close(error: unknown): void {
    this.#requests.close(error)
  }

  #ask(message: MessageType, frame: LocalFrame, endsAt: number, signal: AbortSignal | undefined): Promise<unknown> {
    const { id } = frame.header
    const reply = this.#requests.open(id, message, endsAt, signal)
    const timeoutMs = Math.max(1, endsAt - this.#parts.settings.clock.elapsed())
    const sent = ({ evidence }: Receipt) => {
      if (evidence === 'none') this.#requests.fail(id, smError('SM_ROUTE_NONE', `Nobody answers ${message.type}`))
    }
    try {
      const receipt = this.#parts.publisher.send(message, frame, { timeoutMs })
      if (isPromise(receipt)) receipt.then(sent, error => this.#requests.fail(id, error))
      else sent(receipt)
    } catch (error) {
      this.#requests.fail(id, error)
    }
    return reply
  }

  #reply(job: Job, message: MessageType, replyTo: string): MaybePromise<void> {
    const { id } = job.header
    const schema = message.reply as NonNullable<typeof message.reply>
    const unanswered = (error: unknown) => {
      this.#parts.reports.unanswered(job, error)
      return this.refuse(job, error)
    }
    try {
      const frame = this.#parts.outgoing.reply(message, schema, job.result, {
        type: controlTypes.reply,
        to: replyTo,
        correlationId: id,
        causationId: id,
        delivery: 'at-most-once',
      })
      if (!isPromise(frame)) return this.#sendReply(job, frame, unanswered)
      // Nobody waits for a reply longer than its requester does.
      const { deadlines } = this.#parts
      const late = () =>
        smError('SM_SCHEMA_TIMEOUT', `The schema of the reply to ${message.type} did not answer in time`)
      return withDeadline(frame, deadlines, this.#replyEndsAt(job), late).then(
        made => this.#sendReply(job, made, unanswered),
        unanswered,
      )
    } catch (error) {
      return unanswered(error)
    }
  }

  #replyEndsAt({ endsAt }: Job): number {
    const { clock, requestTimeoutMs } = this.#parts.settings
    return Math.min(endsAt, clock.elapsed() + requestTimeoutMs)
  }

  /** A reply that cannot be sent as it is (too large, not to be encoded) is answered with the reason, at once. */
  #sendReply(job: Job, frame: Frame, unanswered: (error: unknown) => MaybePromise<void>): MaybePromise<void> {
    const failed = (error: unknown) => {
      this.#parts.reports.publishFailed(frame, error)
      return unanswered(error)
    }
    try {
      const sent = job.transport.publish(frame, this.#address(frame.header.to as string))
      if (isPromise(sent)) return sent.then(() => undefined, failed)
    } catch (error) {
      return failed(error)
    }
  }

  /** Answers over the transport that brought the question: whoever asked is known to listen there. */
  #send({ transport }: Job, frame: Frame): MaybePromise<void> {
    return this.#parts.publisher.quietly(frame, () =>
      transport.publish(frame, this.#address(frame.header.to as string)),
    )
  }

  #address(to: string): InboxAddress {
    let address = this.#addresses.get(to)
    if (!address) {
      address = toInboxAddress(to)
      if (this.#addresses.size === maxRemembered) this.#addresses.clear()
      this.#addresses.set(to, address)
    }
    return address
  }

  /** Tells whoever may be working on a request that nobody waits for it any more. */
  #cancel({ type }: MessageType, id: string): void {
    const { outgoing, publisher, transports } = this.#parts
    const frame = outgoing.control(controlTypes.cancel + type, {}, undefined, id)
    const address = { kind: 'topic', topic: frame.header.type } as const
    for (const transport of transports) {
      if (transport.routes(address).length > 0) publisher.quietly(frame, () => transport.publish(frame, address))
    }
  }
}
