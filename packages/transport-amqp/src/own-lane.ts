import { brokerError } from '@sm/brokered'
import type { TransportReceipt } from '@sm/core/transport'
import type { Channel, ConfirmChannel } from 'amqplib'
import type { AmqpMessage } from './amqp-message.ts'
import { lostError } from './errors.ts'
import { Lane, type LaneHost } from './lane.ts'
import { type Flight, Letter } from './letter.ts'
import { probeProperties } from './probe.ts'

const nothing = Buffer.alloc(0)
const accepted: TransportReceipt = Object.freeze({ evidence: 'accepted' })

/** Publishes what the transport sends of its own accord: frames that come back, dead letters, probes. Confirmed. */
export class OwnLane extends Lane<AmqpMessage> {
  constructor(host: LaneHost) {
    super(host, true)
  }

  /** Rejects with `SM_BROKER_LOST`, `SM_BROKER_FULL`, or `SM_BROKER_TOPOLOGY` when a mandatory message finds no queue. */
  send(message: AmqpMessage): Promise<TransportReceipt> {
    return this.post(new Letter(undefined, message))
  }

  /** Tells all who are bound to an exchange that something is to be looked after. Where it is lost, they do it later by themselves. */
  shout(exchange: string): true {
    const message = { exchange, key: '', id: undefined, content: nothing, properties: probeProperties }
    this.send(message).catch(() => undefined)
    return true
  }

  protected encode({ message }: Letter<AmqpMessage>): AmqpMessage {
    return message as AmqpMessage
  }

  protected write(channel: Channel, message: AmqpMessage, flight: Flight<AmqpMessage>): boolean {
    const { exchange, key, content, properties } = message
    const answered = (error: Error | null) => this.#answered(flight, error)
    return (channel as ConfirmChannel).publish(exchange, key, content, properties, answered)
  }

  #answered(flight: Flight<AmqpMessage>, error: Error | null): void {
    const { letter, done, returned } = flight
    if (done) return
    flight.done = true
    this.trim()
    const { key } = letter.message as AmqpMessage
    if (error === null) {
      if (returned) letter.reject(brokerError('SM_BROKER_TOPOLOGY', `Nothing on RabbitMQ takes what goes to "${key}"`))
      else letter.resolve(accepted)
    }
    // amqplib says no more than this.
    else if (error.message !== 'message nacked') letter.reject(lostError(error))
    else letter.reject(brokerError('SM_BROKER_FULL', `What "${key}" stands for on RabbitMQ has no room`))
  }
}
