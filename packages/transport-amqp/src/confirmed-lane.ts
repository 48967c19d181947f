import type { Publication } from '@sm/brokered'
import { formatAddress, type TransportReceipt } from '@sm/core/transport'
import type { Channel } from 'amqplib'
import { Absent, type AbsentParts } from './absent.ts'
import { type EventHost, EventLane } from './event-lane.ts'
import type { EventMessage } from './event-message.ts'
import type { Letter } from './letter.ts'
import { Overflow, type OverflowParts } from './overflow.ts'
import { unroutable } from './unroutable.ts'

const persisted: TransportReceipt = Object.freeze({ evidence: 'persisted' })

/** What a confirm or its opposite says. */
interface Answer {
  readonly deliveryTag: number
  readonly multiple: boolean
}

/** Publishes at least once: persistent, and confirmed by the broker when every queue has it. */
export class ConfirmedLane extends EventLane {
  readonly #overflow: Overflow
  readonly #absent: Absent

  constructor(host: EventHost, parts: Omit<OverflowParts, 'send'> & Omit<AbsentParts, 'send'>) {
    super(host, true)
    const send = (letter: Letter) => void super.post(letter as Letter<EventMessage>)
    this.#overflow = new Overflow({ ...parts, send })
    this.#absent = new Absent({ ...parts, send })
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

  protected override post(letter: Letter<EventMessage>): Promise<TransportReceipt> {
    const { publication } = letter
    const isHeld = publication && this.#absent.holds(letter, formatAddress(publication.address))
    if (!isHeld && !this.#overflow.holds(letter)) super.post(letter)
    return letter.promise
  }

  protected override lost(error: unknown): void {
    super.lost(error)
    for (const letter of [...this.#overflow.clear(), ...this.#absent.clear()]) letter.reject(error)
  }

  #answered({ deliveryTag, multiple }: Answer, isAccepted: boolean): void {
    for (let flight = this.first; flight && flight.tag <= deliveryTag; flight = flight.next) {
      if (flight.done || (!multiple && flight.tag !== deliveryTag)) continue
      flight.done = true
      const { letter } = flight
      if (!isAccepted) this.#overflow.refused(letter)
      else {
        this.#overflow.accepted(letter)
        this.#routed(letter, flight.returned)
      }
    }
    this.trim()
  }

  #routed(letter: Letter<EventMessage>, isReturned: boolean): void {
    const place = formatAddress((letter.publication as Publication).address)
    if (!isReturned) {
      this.#absent.routed(letter, place)
      letter.resolve(persisted)
    } else if (!this.#absent.returned(letter, place)) unroutable(letter)
  }
}
