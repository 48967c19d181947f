import { brokerError } from '@sm/brokered'
import type { TransportReceipt } from '@sm/core/transport'
import type { Channel, ConfirmChannel } from 'amqplib'
import { lostError } from '../errors.ts'
import type { AmqpMessage } from '../wire/amqp-message.ts'
import { probeProperties } from '../wire/probe.ts'
import { ChannelLane, type ChannelLaneHost } from './channel-lane.ts'
import { PublishAttempt, type UnconfirmedMessage } from './publish-attempt.ts'

const nothing = Buffer.alloc(0)
const accepted: TransportReceipt = Object.freeze({ evidence: 'accepted' })

/** Publishes what the transport sends of its own accord: frames that come back, dead letters, probes. Confirmed. */
export class OwnPublisher extends ChannelLane<AmqpMessage> {
  constructor(host: ChannelLaneHost) {
    super(host, true)
  }

  /** Rejects with `SM_BROKER_LOST`, `SM_BROKER_FULL`, or `SM_BROKER_TOPOLOGY` when a mandatory message finds no queue. */
  send(message: AmqpMessage): Promise<TransportReceipt> {
    return new Promise((taken, failed) => this.post(new PublishAttempt(undefined, message, { taken, failed })))
  }

  /** Tells all who are bound to an exchange that something is to be looked after. Where it is lost, they do it later by themselves. */
  shout(exchange: string): true {
    const message = { exchange, key: '', id: undefined, content: nothing, properties: probeProperties }
    this.send(message).catch(() => undefined)
    return true
  }

  protected encode({ message }: PublishAttempt<AmqpMessage>): AmqpMessage {
    return message as AmqpMessage
  }

  protected write(channel: Channel, message: AmqpMessage, unconfirmed: UnconfirmedMessage<AmqpMessage>): boolean {
    const { exchange, key, content, properties } = message
    const answered = (error: Error | null) => this.#answered(unconfirmed, error)
    return (channel as ConfirmChannel).publish(exchange, key, content, properties, answered)
  }

  #answered(unconfirmed: UnconfirmedMessage<AmqpMessage>, error: Error | null): void {
    const { attempt, done, returned } = unconfirmed
    if (done) return
    unconfirmed.done = true
    this.trim()
    const { key } = attempt.message as AmqpMessage
    if (error === null) {
      if (returned) attempt.failed(brokerError('SM_BROKER_TOPOLOGY', `Nothing on RabbitMQ takes what goes to "${key}"`))
      else attempt.taken(accepted)
    }
    // amqplib says no more than this.
    else if (error.message !== 'message nacked') attempt.failed(lostError(error))
    else attempt.failed(brokerError('SM_BROKER_FULL', `What "${key}" stands for on RabbitMQ has no room`))
  }
}
