import type { Publication } from '@sm/brokered'
import { formatAddress, type TransportReceipt } from '@sm/core/transport'
import type { Channel } from 'amqplib'
import type { EventMessage } from '../wire/event-message.ts'
import { AbsentQueues, type AbsentQueuesDeps } from './absent-queues.ts'
import { type EventHost, EventLane } from './event-lane.ts'
import { Overflow, type OverflowDeps } from './overflow.ts'
import type { PendingPublish } from './pending-publish.ts'
import { unroutable } from './unroutable.ts'

const persisted: TransportReceipt = Object.freeze({ evidence: 'persisted' })

/** What a confirm or its opposite says. */
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
    const send = (pending: PendingPublish) => void super.post(pending as PendingPublish<EventMessage>)
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

  protected override post(pending: PendingPublish<EventMessage>): Promise<TransportReceipt> {
    const { publication } = pending
    const isHeld = publication && this.#absent.holds(pending, formatAddress(publication.address))
    if (!isHeld && !this.#overflow.holds(pending)) super.post(pending)
    return pending.promise
  }

  protected override lost(error: unknown): void {
    super.lost(error)
    for (const pending of [...this.#overflow.clear(), ...this.#absent.clear()]) pending.reject(error)
  }

  #answered({ deliveryTag, multiple }: Answer, isAccepted: boolean): void {
    for (let attempt = this.first; attempt && attempt.tag <= deliveryTag; attempt = attempt.next) {
      if (attempt.done || (!multiple && attempt.tag !== deliveryTag)) continue
      attempt.done = true
      const { pending } = attempt
      if (!isAccepted) this.#overflow.refused(pending)
      else {
        this.#overflow.accepted(pending)
        this.#routed(pending, attempt.returned)
      }
    }
    this.trim()
  }

  #routed(pending: PendingPublish<EventMessage>, isReturned: boolean): void {
    const place = formatAddress((pending.publication as Publication).address)
    if (!isReturned) {
      this.#absent.routed(pending, place)
      pending.resolve(persisted)
    } else if (!this.#absent.returned(pending, place)) unroutable(pending)
  }
}
