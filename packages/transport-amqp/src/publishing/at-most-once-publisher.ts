import type { TransportReceipt } from '@sm/core/transport'
import type { Channel } from 'amqplib'
import type { EventMessage } from '../wire/event-message.ts'
import { type EventHost, EventLane } from './event-lane.ts'
import type { UnconfirmedMessage } from './publish-attempt.ts'
import { unroutable } from './unroutable.ts'

const sent: TransportReceipt = Object.freeze({ evidence: 'sent' })

/** How long an inbox that had an owner is taken to have one, in milliseconds, and how many are remembered. */
const freshMs = 500
const maxKnown = 4_096

/**
 * Publishes at most once: transient, and without confirms, which would cost the broker more than the messages. What goes to a topic is
 * done when it has left. An inbox must have an owner: a request that does nothing follows, one at a time, whose answer tells
 * that the broker has routed all that had left before it; what found no queue has come back by then. Where that has been
 * asked a moment ago, and nothing has come back since, it is not asked again.
 */
export class AtMostOncePublisher extends EventLane {
  readonly #now: () => number
  /** When it was last seen that an inbox has an owner. */
  readonly #known = new Map<string, number>()
  #isAsking = false

  constructor(host: EventHost) {
    super(host, false)
    this.#now = () => host.clock.now()
  }

  override attach(channel: Channel): void {
    channel.on('return', ({ fields }) => this.#known.delete(fields.routingKey))
    super.attach(channel)
  }

  protected override write(
    channel: Channel,
    message: EventMessage,
    unconfirmed: UnconfirmedMessage<EventMessage>,
  ): boolean {
    const goesOn = super.write(channel, message, unconfirmed)
    if (!message.mandatory || this.#isKnown(message.key)) {
      unconfirmed.done = true
      unconfirmed.attempt.taken(sent)
    } else if (!this.#isAsking) {
      this.#isAsking = true
      // With all that is published in this turn ahead of it.
      process.nextTick(() => this.#ask(channel))
    }
    return goesOn
  }

  protected override lost(error: unknown): void {
    this.#isAsking = false
    this.#known.clear()
    super.lost(error)
  }

  #isKnown(key: string): boolean {
    const at = this.#known.get(key)
    return at !== undefined && this.#now() - at < freshMs
  }

  #ask(channel: Channel): void {
    const { last } = this
    const at = this.#now()
    // A channel that is closed has ended all that waited for the answer.
    channel.prefetch(0).then(
      () => this.#answered(channel, last, at),
      () => undefined,
    )
  }

  #answered(channel: Channel, last: UnconfirmedMessage<EventMessage> | undefined, at: number): void {
    const upTo = last?.tag ?? 0
    for (let unconfirmed = this.first; unconfirmed && unconfirmed.tag <= upTo; unconfirmed = unconfirmed.next) {
      unconfirmed.done = true
      const { attempt } = unconfirmed
      if (unconfirmed.returned) unroutable(attempt)
      else {
        this.#remember((attempt.message as EventMessage).key, at)
        attempt.taken(sent)
      }
    }
    this.trim()
    if (this.first) this.#ask(channel)
    else this.#isAsking = false
  }

  #remember(key: string, at: number): void {
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.set(key, at)
  }
}
