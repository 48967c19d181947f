import { Deque, type TransportReceipt } from '@sm/core/transport'
import type { Channel, Message } from 'amqplib'
import { type AddressedMessage, encodeError, eventId } from './amqp-message.ts'
import { lostError } from './errors.ts'
import { Flight, type Letter } from './letter.ts'

/** Who opens the channels of lanes. */
export interface LaneHost {
  /** The channel of a lane has closed while its connection goes on: attach another. */
  reopen(lane: Pick<Lane, 'confirms' | 'attach'>, error: unknown): void
}

/** A channel that publishes, in order, and what is on its way there. It outlives its channel. */
export abstract class Lane<M extends AddressedMessage = AddressedMessage> {
  readonly confirms: boolean
  readonly #host: LaneHost
  #channel: Channel | undefined
  readonly #backlog = new Deque<Letter<M>>()
  #isFull = false
  #isBlocked = false
  /** What has left and is not answered, in order, and the last that came back. */
  #first: Flight<M> | undefined
  #last: Flight<M> | undefined
  #returned: Flight<M> | undefined
  #tag = 0
  #order = 0

  constructor(host: LaneHost, confirms: boolean) {
    this.#host = host
    this.confirms = confirms
  }

  /** Letters that have not left yet. */
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
    for (const letter of this.#backlog.drain()) letter.reject(error)
  }

  /** Sends a letter as soon as the channel takes it. */
  protected post(letter: Letter<M>): Promise<TransportReceipt> {
    if (this.#canWrite && this.#backlog.length === 0) this.#write(letter)
    else this.#backlog.push(letter)
    return letter.promise
  }

  /** The message of a letter. Throws coded errors. */
  protected abstract encode(letter: Letter<M>): M

  /** Writes a message to the channel. False when that wants no more for the moment. Throws when the message cannot be encoded. */
  protected abstract write(channel: Channel, message: M, flight: Flight<M>): boolean

  /** The channel is gone, with the answers to what had left. */
  protected lost(error: unknown): void {
    for (let flight = this.#first; flight; flight = flight.next) if (!flight.done) flight.letter.reject(error)
    this.#first = undefined
    this.#last = undefined
    this.#returned = undefined
  }

  protected get first(): Flight<M> | undefined {
    return this.#first
  }

  protected get last(): Flight<M> | undefined {
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
    while (this.#canWrite && this.#backlog.length > 0) this.#write(this.#backlog.shift() as Letter<M>)
  }

  #write(letter: Letter<M>): void {
    const { publication } = letter
    if (publication?.abandoned) {
      letter.reject(lostError(undefined))
      return
    }
    const flight = new Flight(letter, this.#tag + 1)
    try {
      letter.message ??= this.encode(letter)
      this.#isFull = !this.write(this.#channel as Channel, letter.message, flight)
    } catch (error) {
      letter.reject(publication ? encodeError(error, publication.frame) : lostError(error))
      return
    }
    this.#tag += 1
    letter.order ||= ++this.#order
    if (publication) publication.sent = true
    if (flight.done) return
    if (this.#last) this.#last.next = flight
    else this.#first = flight
    this.#last = flight
  }

  #comesBack({ fields, properties }: Message): void {
    const id = eventId(properties)
    // They come back in the order in which they left.
    for (let flight = this.#returned?.next ?? this.#first; flight; flight = flight.next) {
      const { exchange, key, id: sent } = flight.letter.message as M
      if (sent !== id || key !== fields.routingKey || exchange !== fields.exchange) continue
      flight.returned = true
      this.#returned = flight
      return
    }
  }

  #closed(cause: unknown): void {
    this.#channel = undefined
    this.lost(lostError(cause))
    this.#host.reopen(this, cause)
  }
}
