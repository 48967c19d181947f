import { brokerError, type FrameFormat, type PendingPublish } from '@sm/brokered'
import { type Cancel, type Clock, Deque, type Frame, isControlType, type TransportReceipt } from '@sm/core/transport'
import { formatHost } from '../options.ts'
import { lastNumber, type Session } from '../session.ts'
import type { Names } from '../wire/names.ts'
import { withHeaders, writeEvent } from '../wire/write-event.ts'
import { nobody, tooLarge } from './publish-errors.ts'

/** A publish at most once that the server has not been heard to have taken. */
interface UnconfirmedPublish {
  readonly pending: PendingPublish
  readonly subject: string
  readonly headers: string
  readonly body: Uint8Array
  isUnwanted: boolean
}

/** Most bytes that are written before the server is heard to have taken them. */
const maxUnconfirmedBytes = 4_194_304

/** Most subjects of which something is remembered. */
const maxRemembered = 4_096

/** How long requests and replies wait for others to be confirmed with, in milliseconds, and how many of them at most. */
const patienceMs = 5
const maxPatient = 32

const accepted: TransportReceipt = Object.freeze({ evidence: 'accepted' })
const unwanted: TransportReceipt = Object.freeze({ evidence: 'none', copies: 0 })

/**
 * Publishes at most once, to plain subjects. A flush confirms what was written before it, and the server says by then for which
 * of them it knows nobody. A request and its reply need no such word of their own: whoever asks waits for the reply.
 */
export class AtMostOncePublisher {
  readonly #names: Names
  readonly #format: FrameFormat
  readonly #self: string
  readonly #clock: Clock
  readonly #returnMs: number
  /** In order. */
  readonly #unconfirmed = new Map<number, UnconfirmedPublish>()
  readonly #waiting = new Deque<UnconfirmedPublish>()
  #session: Session | undefined
  #number = 0
  /** The number up to which publishes are confirmed, and that of the last one which is to be confirmed at once. */
  #confirmed = 0
  #urgent = 0
  #bytes = 0
  #isFlushing = false
  #patience: Cancel | undefined
  /** Until when those may come back who listened before the connection was lost. */
  #expectUntil = 0
  /** Subjects on which somebody listened. */
  readonly #heard = new Set<string>()
  /** Subjects to which the user may publish. */
  readonly #proven = new Set<string>()

  constructor({ names, self, clock, returnMs, format }: AtMostOncePublisherDeps) {
    this.#names = names
    this.#self = self
    this.#format = format
    this.#clock = clock
    this.#returnMs = returnMs
  }

  get inFlight(): number {
    return this.#unconfirmed.size + this.#waiting.length
  }

  attach(session: Session): void {
    if (this.#heard.size > 0) this.#expectUntil = this.#clock.elapsed() + this.#returnMs
    this.#session = session
    this.#isFlushing = false
    session.subscribe(`${session.inbox}.p.*`, msg => {
      // A stranger may answer what asks for no answer: only the server's word counts, which is without a body.
      if (msg.data.length > 0 || msg.headers?.code !== 503) return
      const publish = this.#unconfirmed.get(lastNumber(msg.subject))
      if (!publish) return
      publish.isUnwanted = true
      this.#flush(session)
    })
  }

  /** Rejects all that is under way, in its order. */
  detach(error: unknown): void {
    this.#session = undefined
    this.#bytes = 0
    this.#patience?.()
    this.#patience = undefined
    const all = [...this.#unconfirmed.values(), ...this.#waiting.drain()]
    this.#unconfirmed.clear()
    for (const { pending } of all) pending.failed(error)
  }

  /** The server does not let the user publish to `subject`. */
  denied(subject: string, error: unknown): void {
    this.#proven.delete(subject)
    for (const [number, publish] of this.#unconfirmed) {
      if (publish.subject !== subject) continue
      this.#unconfirmed.delete(number)
      this.#bytes -= publish.headers.length + publish.body.length
      publish.pending.failed(error)
    }
  }

  publish(pending: PendingPublish): void {
    const subject = this.#names.plain(pending.address)
    const { headers, body } = writeEvent(pending.frame, this.#format)
    const publish = { pending, subject, headers, body, isUnwanted: false }
    if (this.#bytes < maxUnconfirmedBytes && this.#waiting.length === 0) this.#send(publish)
    else this.#waiting.push(publish)
  }

  #send(publish: UnconfirmedPublish): void {
    const session = this.#session as Session
    const { pending, headers, body } = publish
    const bytes = headers.length + body.length
    if (bytes > session.maxPayload) {
      pending.failed(tooLarge(pending, bytes, session.maxPayload))
      return
    }
    this.#number += 1
    this.#unconfirmed.set(this.#number, publish)
    this.#bytes += bytes
    pending.written()
    const reply = `${session.inbox}.p.${this.#number}`
    session.publish(publish.subject, body, withHeaders(reply, headers))
    if (!this.#isPatient(pending.frame)) this.#urgent = this.#number
    this.#flushInTime(session)
  }

  /** A request of this agent, or an answer to one. */
  #isPatient({ header: { replyTo, type } }: Frame): boolean {
    return replyTo === this.#self || isControlType(type)
  }

  #flushInTime(session: Session): void {
    if (this.#urgent > this.#confirmed || this.#unconfirmed.size >= maxPatient) this.#flush(session)
    else this.#patience ??= this.#clock.schedule(() => this.#flush(session), patienceMs, { keepAlive: true })
  }

  /** Once a turn; what is written until the answer comes shares the next flush. */
  #flush(session: Session): void {
    this.#patience?.()
    this.#patience = undefined
    if (this.#isFlushing) return
    this.#isFlushing = true
    process.nextTick(() => {
      const last = this.#number
      session.roundTrip().then(
        // The client tells what the server forbids only a little after it has told of the answer.
        () => (this.#isProven() ? this.#confirm(last, session) : setImmediate(() => this.#confirm(last, session))),
        // The end of the session rejects what is unconfirmed.
        () => undefined,
      )
    })
  }

  #confirm(last: number, session: Session): void {
    if (this.#session !== session) return
    this.#isFlushing = false
    this.#confirmed = last
    for (const [number, publish] of this.#unconfirmed) {
      if (number > last) break
      this.#unconfirmed.delete(number)
      this.#bytes -= publish.headers.length + publish.body.length
      remember(this.#proven, publish.subject)
      if (!publish.isUnwanted) {
        remember(this.#heard, publish.subject)
        publish.pending.taken(accepted)
      } else if (this.#heard.has(publish.subject) && this.#clock.elapsed() < this.#expectUntil) {
        publish.pending.failed(notBackYet(session, publish.subject))
      } else if (publish.pending.address.kind === 'topic') publish.pending.taken(unwanted)
      else publish.pending.failed(nobody(publish.pending, 'failed'))
    }
    while (this.#bytes < maxUnconfirmedBytes) {
      const next = this.#waiting.shift()
      if (!next) break
      if (next.pending.isEnded) next.pending.failed(session.lostError())
      else this.#send(next)
    }
    if (this.#unconfirmed.size > 0) this.#flushInTime(session)
  }

  #isProven(): boolean {
    for (const { subject } of this.#unconfirmed.values()) if (!this.#proven.has(subject)) return false
    return true
  }
}

export interface AtMostOncePublisherDeps {
  readonly names: Names
  /** This very instance, as the header of its requests names it. */
  readonly self: string
  readonly format: FrameFormat
  readonly clock: Clock
  /** How long those may take to come back who listened before a connection was lost, in milliseconds. */
  readonly returnMs: number
}

function remember(subjects: Set<string>, subject: string): void {
  if (subjects.has(subject)) return
  if (subjects.size >= maxRemembered) subjects.clear()
  subjects.add(subject)
}

/** The server has forgotten all who listen, and each makes itself known again when it has found its way back. */
function notBackYet({ host }: Session, subject: string): Error {
  const what = `NATS at ${formatHost(host)} has come back, and who listens to ${subject} has not yet`
  return brokerError('SM_BROKER_DOWN', what, { details: { transport: 'nats', outcome: 'failed' } })
}
