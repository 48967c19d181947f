import { fromWireError, isSmError, type SmError, smError, type WireError } from '../errors/index.ts'
import {
  abortable,
  Deadline,
  type Deadlines,
  FewMap,
  isPromise,
  type MaybePromise,
  withDeadline,
} from '../kernel/index.ts'
import {
  type Asker,
  type CheckedBody,
  controlTypes,
  type Frame,
  LocalFrame,
  type MessageType,
  type StandardSchemaV1,
  validate,
  voidExtension,
} from '../message/index.ts'

/** A request that awaits its reply. */
export class PendingRequest extends Deadline implements Asker {
  readonly id: string
  readonly message: MessageType
  readonly reply: Promise<unknown>
  resolve!: (reply: unknown) => void
  reject!: (error: unknown) => void
  /** When it ends, by `Clock.elapsed`. */
  readonly endsAt: number
  readonly #table: PendingRequests
  #signal: AbortSignal | undefined

  constructor(table: PendingRequests, id: string, message: MessageType, endsAt: number) {
    super()
    this.reply = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    this.#table = table
    this.id = id
    this.message = message
    this.endsAt = endsAt
  }

  get signal(): AbortSignal | undefined {
    return this.#signal
  }

  watch(signal: AbortSignal): void {
    this.#signal = signal
    signal.addEventListener('abort', this, { once: true })
  }

  unwatch(): void {
    this.#signal?.removeEventListener('abort', this)
  }

  /** The signal has aborted. The listener is the object itself: most requests have no signal, and none needs a closure. */
  handleEvent(): void {
    this.#table.abort(this, this.#signal?.reason)
  }

  expire(): void {
    this.#table.expire(this)
  }

  answer(reply: CheckedBody): void {
    this.#table.answer(this, reply)
  }
}

/** The requests of one agent that await their replies. */
export class PendingRequests {
  readonly #deps: PendingRequestsDeps
  readonly #pending = new FewMap<PendingRequest>()
  #late = 0

  constructor(deps: PendingRequestsDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#pending.size
  }

  /** Replies that came when nobody waited for them any more. */
  get late(): number {
    return this.#late
  }

  /** Awaits the reply to request `id` until `endsAt`, by `Clock.elapsed`. Throws `SM_REQUEST_LIMIT`. */
  open(id: string, message: MessageType, endsAt: number, signal: AbortSignal | undefined): PendingRequest {
    signal?.throwIfAborted()
    const { maxRequests, deadlines } = this.#deps
    if (this.#pending.size >= maxRequests) {
      throw smError('SM_REQUEST_LIMIT', `${maxRequests} requests are under way`, { details: { maxRequests } })
    }
    const pending = new PendingRequest(this, id, message, endsAt)
    this.#pending.add(id, pending)
    deadlines.add(pending, endsAt)
    if (signal) pending.watch(signal)
    return pending
  }

  /** Ends a request that could not be sent. */
  fail(id: string, error: unknown): void {
    this.#take(id)?.reject(error)
  }

  /** Takes a reply or an error that came in. False when nobody waits for it. */
  receive(frame: Frame): boolean {
    const pending = frame.header.correlationId === undefined ? undefined : this.#take(frame.header.correlationId)
    if (!pending) return this.#cameLate()
    if (frame.header.type === controlTypes.error) pending.reject(remoteError(frame))
    else this.#settle(pending, () => readReply(frame, pending.message))
    return true
  }

  /** Takes a reply that was handed over as it is. */
  answer(pending: PendingRequest, reply: CheckedBody): void {
    const { id, message } = pending
    if (!this.#take(id)) {
      this.#cameLate()
      this.#deps.onLate(message, id)
    } else if (reply.schema === message.reply) pending.resolve(reply.output)
    else this.#settle(pending, () => checkReply(message, reply.isVoid ? undefined : reply.value()))
  }

  #cameLate(): false {
    this.#late += 1
    return false
  }

  #settle(pending: PendingRequest, read: () => MaybePromise<unknown>): void {
    try {
      const reply = read()
      if (isPromise(reply)) this.#untilEnd(reply, pending).then(pending.resolve, pending.reject)
      else pending.resolve(reply)
    } catch (error) {
      pending.reject(error)
    }
  }

  abort(pending: PendingRequest, reason: unknown): void {
    if (!this.#take(pending.id)) return
    pending.reject(reason)
    this.#deps.onAbandoned(pending.message, pending.id)
  }

  expire({ id, message: { type } }: PendingRequest): void {
    // The deadline travelled with the request: the other side stops by itself.
    this.#take(id)?.reject(late(`No reply to ${type} came in time`, type, id))
  }

  /** A schema that takes its time over a reply gets what is left of that of the request. */
  #untilEnd(reply: Promise<unknown>, { id, message: { type }, endsAt, signal }: PendingRequest): Promise<unknown> {
    const what = `The schema of the reply to ${type} did not answer in time`
    return abortable(
      withDeadline(reply, this.#deps.deadlines, endsAt, () => late(what, type, id)),
      signal,
    )
  }

  /** Resolves once those that are under way now have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending.values().map(({ reply }) => reply))
  }

  /** Ends all that are under way. */
  close(error: unknown): void {
    for (const id of this.#pending.keys()) this.#take(id)?.reject(error)
  }

  #take(id: string): PendingRequest | undefined {
    const pending = this.#pending.take(id)
    if (!pending) return undefined
    this.#deps.deadlines.withdraw(pending)
    pending.unwatch()
    return pending
  }
}

/** Dependencies of the table. */
export interface PendingRequestsDeps {
  readonly deadlines: Deadlines
  /** Most requests under way. */
  readonly maxRequests: number
  /** Nobody waits for the reply any more: tell those who work on it. */
  readonly onAbandoned: (message: MessageType, id: string) => void
  /** A reply was handed over when nobody waited for it any more. */
  readonly onLate: (message: MessageType, id: string) => void
}

function late(what: string, type: string, messageId: string): SmError {
  return smError('SM_REQUEST_TIMEOUT', what, { details: { type, messageId } })
}

function readReply(frame: Frame, message: MessageType): MaybePromise<unknown> {
  if (frame instanceof LocalFrame && frame.body.schema === message.reply) return frame.body.output
  const value = frame.header.extensions?.[voidExtension] === undefined ? frame.body.value() : undefined
  return checkReply(message, value)
}

function checkReply({ reply, type }: MessageType, value: unknown): MaybePromise<unknown> {
  return validate(reply as StandardSchemaV1<unknown, unknown>, value, 'The reply to', type)
}

function remoteError(frame: Frame): unknown {
  try {
    const { code, message, retryable } = Object(frame.body.value()) as Partial<WireError>
    if (typeof code === 'string' && /^SM_[A-Z0-9_]{1,60}$/.test(code) && typeof message === 'string') {
      const { from, correlationId } = frame.header
      return fromWireError(
        { code, message: message.slice(0, 2_000), retryable: retryable === true },
        { from, correlationId },
      )
    }
  } catch (error) {
    if (isSmError(error)) return error
  }
  return smError('SM_CODEC_MALFORMED', `The error that ${frame.header.from} replied with has no code and message`)
}
