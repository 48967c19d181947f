import type { PendingPublish } from '@sm/brokered'
import type { TransportReceipt } from '@sm/core/transport'
import type { AddressedMessage } from '../wire/amqp-message.ts'

/** Who is told how a message has ended. */
export interface AttemptEnd {
  taken(receipt: TransportReceipt): void
  failed(error: unknown): void
}

/** A message on its way to the broker. */
export class PublishAttempt<M extends AddressedMessage = AddressedMessage> {
  /** The publish that it belongs to; undefined for messages of the transport's own. */
  readonly pending: PendingPublish | undefined
  /** Encoded when it leaves. */
  message: M | undefined
  /** Its place among all that have left on its lane, from its first try on, and when it was held back. */
  order = 0
  since = 0
  readonly #end: AttemptEnd

  constructor(pending: PendingPublish | undefined, message: M | undefined, end: AttemptEnd) {
    this.pending = pending
    this.message = message
    this.#end = end
  }

  taken(receipt: TransportReceipt): void {
    this.#end.taken(receipt)
  }

  failed(error: unknown): void {
    this.#end.failed(error)
  }
}

/** One try of a publish, from its leaving to the answer. */
export class UnconfirmedMessage<M extends AddressedMessage = AddressedMessage> {
  readonly attempt: PublishAttempt<M>
  /** The number of it on its channel, by which the broker speaks of it. */
  readonly tag: number
  /** The broker has sent it back: no queue wants it. */
  returned = false
  /** It has been answered. */
  done = false
  /** The one that left after it. */
  next: UnconfirmedMessage<M> | undefined = undefined

  constructor(attempt: PublishAttempt<M>, tag: number) {
    this.attempt = attempt
    this.tag = tag
  }
}
