import { Deque } from '@sm/core/transport'
import type { Channel, Message } from 'amqplib'
import { lostError } from '../errors.ts'
import { type AddressedMessage, encodeError, eventId } from '../wire/amqp-message.ts'
import { type PublishAttempt, UnconfirmedMessage } from './publish-attempt.ts'

/** The part that opens the channels of lanes. */
export interface ChannelLaneHost {
  /** The channel of a lane has closed while its connection goes on: attach another. */
  reopen(lane: Pick<ChannelLane, 'confirms' | 'attach'>, error: unknown): void
}

/** A channel that publishes, in order, and what is on its way there. It outlives its channel. */
export abstract class ChannelLane<M extends AddressedMessage = AddressedMessage> {
  readonly confirms: boolean
  readonly #host: ChannelLaneHost
  #channel: Channel | undefined
  readonly #backlog = new Deque<PublishAttempt<M>>()
  #isFull = false
  #isBlocked = false
  /** Messages that have left and are not answered, in order, and the last that came back. */
  #first: UnconfirmedMessage<M> | undefined
  #last: UnconfirmedMessage<M> | undefined
  #returned: UnconfirmedMessage<M> | undefined
  #tag = 0
  #order = 0

  constructor(host: ChannelLaneHost, confirms: boolean) {
    this.#host = host
    this.confirms = confirms
  }

  /** How many publishes have not left yet. */
  get waiting(): number {
    return this.#backlog.length
  }

  /** Goes on with a new channel. */
  attach(channel: Channel): void {
    this.#channel = channel
    this.#tag = 0
    let cause: unknown
    channel.on('error', error => {
      cause = error
    })
    channel.on('close', () => {
      if (channel === this.#channel) this.#closed(cause)
    })
    channel.on('drain', () => this.goOn())
    channel.on('return', message => this.#comesBack(message))
    this.goOn()
  }

  /** The channel has room again. */
  goOn(): void {
    this.#isFull = false
    this.#flush()
  }

  /** The broker reads nothing more for the moment, or reads again. */
  block(isBlocked: boolean): void {
    this.#isBlocked = isBlocked
    this.#flush()
  }

  /** The connection is lost: all that is under way ends so. */
  down(cause: unknown): void {
    this.#channel = undefined
    this.#isBlocked = false
    const error = lostError(cause)
    this.lost(error)
    for (const attempt of this.#backlog.drain()) attempt.failed(error)
  }

  /** Sends a publish as soon as the channel takes it. */
  protected post(attempt: PublishAttempt<M>): void {
    if (this.#canWrite && this.#backlog.length === 0) this.#write(attempt)
    else this.#backlog.push(attempt)
  }

  /** The message of a publish. Throws coded errors. */
  protected abstract encode(attempt: PublishAttempt<M>): M

  /** Writes a message to the channel. False when that wants no more for the moment. Throws when the message cannot be encoded. */
  protected abstract write(channel: Channel, message: M, unconfirmed: UnconfirmedMessage<M>): boolean

  /** The channel is gone, with the answers to what had left. */
  protected lost(error: unknown): void {
    for (let unconfirmed = this.#first; unconfirmed; unconfirmed = unconfirmed.next)
      if (!unconfirmed.done) unconfirmed.attempt.failed(error)
    this.#first = undefined
    this.#last = undefined
    this.#returned = undefined
  }

  protected get first(): UnconfirmedMessage<M> | undefined {
    return this.#first
  }

  protected get last(): UnconfirmedMessage<M> | undefined {
    return this.#last
  }

  /** Forgets what is answered, as far as nothing before it is open. */
  protected trim(): void {
    while (this.#first?.done) this.#first = this.#first.next
    if (!this.#first) this.#last = undefined
  }

  get #canWrite(): boolean {
    return this.#channel !== undefined && !this.#isFull && !this.#isBlocked
  }

  #flush(): void {
    while (this.#canWrite && this.#backlog.length > 0) this.#write(this.#backlog.shift() as PublishAttempt<M>)
  }

  #write(attempt: PublishAttempt<M>): void {
    const { pending } = attempt
    if (pending?.isEnded) {
      attempt.failed(lostError(undefined))
      return
    }
    const unconfirmed = new UnconfirmedMessage(attempt, this.#tag + 1)
    try {
      attempt.message ??= this.encode(attempt)
      this.#isFull = !this.write(this.#channel as Channel, attempt.message, unconfirmed)
    } catch (error) {
      attempt.failed(pending ? encodeError(error, pending.frame) : lostError(error))
      return
    }
    this.#tag += 1
    attempt.order ||= ++this.#order
    pending?.written()
    if (unconfirmed.done) return
    if (this.#last) this.#last.next = unconfirmed
    else this.#first = unconfirmed
    this.#last = unconfirmed
  }

  #comesBack({ fields, properties }: Message): void {
    const id = eventId(properties)
    // They come back in the order in which they left.
    for (let unconfirmed = this.#returned?.next ?? this.#first; unconfirmed; unconfirmed = unconfirmed.next) {
      const { exchange, key, id: sent } = unconfirmed.attempt.message as M
      if (sent !== id || key !== fields.routingKey || exchange !== fields.exchange) continue
      unconfirmed.returned = true
      this.#returned = unconfirmed
      return
    }
  }

  #closed(cause: unknown): void {
    this.#channel = undefined
    this.lost(lostError(cause))
    this.#host.reopen(this, cause)
  }
}
