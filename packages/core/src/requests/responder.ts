import type { LocalBody } from '../codec/index.ts'
import { type SmError, smError, toWireError } from '../errors/index.ts'
import { type Deadlines, isPromise, type MaybePromise, withDeadline } from '../kernel/index.ts'
import {
  controlTypes,
  type Frame,
  type InboxAddress,
  isControlType,
  LocalFrame,
  type MessageType,
  toInboxAddress,
} from '../message/index.ts'
import { type Answers, type Concluded, type Job, type Outcome, unaccepted } from '../receiving/index.ts'
import type { FrameFactory, Publisher, PublishReports } from '../sending/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import type { Reporter } from '../telemetry/index.ts'

/** Most addresses of requesters that are remembered in their parsed form. */
const maxRemembered = 1_000

/** Answers the requests that come to one agent: with a reply, or with an error. */
export class Responder implements Answers {
  readonly #deps: ResponderDeps
  readonly #addresses = new Map<string, InboxAddress>()

  constructor(deps: ResponderDeps) {
    this.#deps = deps
  }

  /** A handler has concluded: answers, if somebody asked. */
  answer(job: Job, subscriber: Concluded, end: Outcome | SmError): MaybePromise<void> {
    const { message } = subscriber
    const { replyTo } = job.header
    if (replyTo === undefined || !message?.reply) return
    if (end === 'handled') return this.#reply(job, message)
    if (end === 'unaccepted') return this.refuse(job, unaccepted(job, subscriber))
    if (typeof end !== 'string') return this.refuse(job, end)
  }

  /** Answers with an error, over the transport that brought the question: whoever asked is known to listen there. */
  refuse(job: Job, error: unknown): MaybePromise<void> {
    const { settings, frames, publisher } = this.#deps
    const { id, replyTo, type } = job.header
    if (replyTo === undefined || isControlType(type)) return
    // The requester has given up by itself, and must not learn of our timeout in place of its own.
    if (job.endsAt <= settings.clock.elapsed()) return
    const { code, message, retryable } = toWireError(error, 'SM_HANDLER_FAILED')
    const frame = frames.control(controlTypes.error, { code, message, retryable }, replyTo, id)
    return publisher.quietly(frame, () => job.transport.publish(frame, this.#address(replyTo)))
  }

  #reply(job: Job, message: MessageType): MaybePromise<void> {
    const schema = message.reply as NonNullable<typeof message.reply>
    const unanswered = (error: unknown) => {
      this.#deps.reporter.log('error', job.frame, 'A reply could not be sent', { error })
      return this.refuse(job, error)
    }
    try {
      const reply = this.#deps.frames.reply(message, schema, job.result)
      if (!isPromise(reply)) return this.#hand(job, message, reply, unanswered)
      // Nobody waits for a reply longer than its requester does.
      const { deadlines } = this.#deps
      const late = () =>
        smError('SM_SCHEMA_TIMEOUT', `The schema of the reply to ${message.type} did not answer in time`)
      return withDeadline(reply, deadlines, this.#replyEndsAt(job), late).then(
        made => this.#hand(job, message, made, unanswered),
        unanswered,
      )
    } catch (error) {
      return unanswered(error)
    }
  }

  #replyEndsAt({ endsAt }: Job): number {
    const { clock, requestTimeoutMs } = this.#deps.settings
    return Math.min(endsAt, clock.elapsed() + requestTimeoutMs)
  }

  /** Whoever asked in this process takes the reply as it is; to others it is sent. */
  #hand(
    job: Job,
    message: MessageType,
    reply: LocalBody,
    unanswered: (error: unknown) => MaybePromise<void>,
  ): MaybePromise<void> {
    const { frame, header } = job
    if (frame instanceof LocalFrame && frame.asker) return frame.asker.answer(reply)
    const { id, replyTo: to } = header
    const attributes = {
      to,
      correlationId: id,
      causationId: id,
      delivery: 'at-most-once',
      type: controlTypes.reply,
    } as const
    return this.#sendReply(job, this.#deps.frames.frame(message, reply, attributes), unanswered)
  }

  /** A reply that cannot be sent as it is (too large, not to be encoded) is answered with the reason, at once. */
  #sendReply(job: Job, frame: Frame, unanswered: (error: unknown) => MaybePromise<void>): MaybePromise<void> {
    const failed = (error: unknown) => {
      this.#deps.reports.failed(frame, error)
      return unanswered(error)
    }
    try {
      const sent = job.transport.publish(frame, this.#address(frame.header.to as string))
      if (isPromise(sent)) return sent.then(() => undefined, failed)
    } catch (error) {
      return failed(error)
    }
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
}

export interface ResponderDeps {
  readonly settings: AgentSettings
  readonly frames: FrameFactory
  readonly publisher: Publisher
  readonly reports: PublishReports
  readonly reporter: Reporter
  readonly deadlines: Deadlines
}
