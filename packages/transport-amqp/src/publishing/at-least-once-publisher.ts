import type { PendingPublish } from '@sm/brokered'
import { formatAddress, type TransportReceipt } from '@sm/core/transport'
import type { Channel } from 'amqplib'
import type { EventMessage } from '../wire/event-message.ts'
import { AbsentQueues, type AbsentQueuesDeps } from './absent-queues.ts'
import { type EventHost, EventLane } from './event-lane.ts'
import { Overflow, type OverflowDeps } from './overflow.ts'
import type { PublishAttempt } from './publish-attempt.ts'
import { unroutable } from './unroutable.ts'

const persisted: TransportReceipt = Object.freeze({ evidence: 'persisted' })

/** The content of a confirm or of its opposite. */
interface Answer {
  readonly deliveryTag: number
  readonly multiple: boolean
}

/** Publishes at least once: persistent, and confirmed by the broker when every queue has it. */
export class AtLeastOncePublisher extends EventLane {
  readonly #overflow: Overflow
  readonly #absent: AbsentQueues

  constructor(host: EventHost, deps: Omit<OverflowDeps, 'send'> & Omit<AbsentQueuesDeps, 'send'>) {
    super(host, true)
    const send = (attempt: PublishAttempt) => super.post(attempt as PublishAttempt<EventMessage>)
    this.#overflow = new Overflow({ ...deps, send })
    this.#absent = new AbsentQueues({ ...deps, send })
  }

  /** Exchanges or bindings may have been lost: others make theirs again. */
  disturbed(): void {
    this.#absent.disturbed()
  }

  /** Addresses of which some queue is full. */
  get full(): number {
    return this.#overflow.size
  }

  override attach(channel: Channel): void {
    channel.on('ack', answer => this.#answered(answer, true))
    channel.on('nack', answer => this.#answered(answer, false))
    super.attach(channel)
  }

  protected override post(attempt: PublishAttempt<EventMessage>): void {
    const { pending } = attempt
    const isHeld = pending && this.#absent.holds(attempt, formatAddress(pending.address))
    if (!isHeld && !this.#overflow.holds(attempt)) super.post(attempt)
  }

  protected override lost(error: unknown): void {
    super.lost(error)
    for (const attempt of [...this.#overflow.clear(), ...this.#absent.clear()]) attempt.failed(error)
  }

  #answered({ deliveryTag, multiple }: Answer, isAccepted: boolean): void {
    for (let unconfirmed = this.first; unconfirmed && unconfirmed.tag <= deliveryTag; unconfirmed = unconfirmed.next) {
      if (unconfirmed.done || (!multiple && unconfirmed.tag !== deliveryTag)) continue
      unconfirmed.done = true
      const { attempt } = unconfirmed
      if (!isAccepted) this.#overflow.refused(attempt)
      else {
        this.#overflow.accepted(attempt)
        this.#routed(attempt, unconfirmed.returned)
      }
    }
    this.trim()
  }

  #routed(attempt: PublishAttempt<EventMessage>, isReturned: boolean): void {
    const place = formatAddress((attempt.pending as PendingPublish).address)
    if (!isReturned) {
      this.#absent.routed(attempt, place)
      attempt.taken(persisted)
    } else if (!this.#absent.returned(attempt, place)) unroutable(attempt)
  }
}
