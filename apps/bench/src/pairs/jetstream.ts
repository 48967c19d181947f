import { basename } from 'node:path'
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import { oneWayOnly } from './one-way-only.ts'

const nameOf = ({ directory }: Place) => basename(directory)
const subjectOf = (place: Place) => `jetstream.${nameOf(place)}`

/** JetStream through its own client: a stream in a file, a durable consumer for each far end, an ack for each message. */
export const jetStream: Pair = {
  ...oneWayOnly,
  async receive(place, index, handle) {
    const client = await connect({ servers: brokerUrl('nats') })
    const manager = await jetstreamManager(client)
    const stream = nameOf(place)
    await manager.streams.add({ name: stream, subjects: [subjectOf(place)], storage: StorageType.File })
    const name = `far-${index}`
    const ack_policy = AckPolicy.Explicit
    await manager.consumers.add(stream, {
      durable_name: name,
      ack_policy,
      deliver_policy: DeliverPolicy.New,
      max_ack_pending: 100_000,
    })
    const consumer = await jetstream(client).consumers.get(stream, name)
    const messages = await consumer.consume({
      max_messages: 1_000,
      callback(message) {
        handle(message.json<Sample>())
        message.ack()
      },
    })
    return {
      async close() {
        messages.stop()
        await manager.streams.delete(stream).catch(() => undefined)
        await client.close()
      },
    }
  },
  async send(place) {
    const client = await connect({ servers: brokerUrl('nats') })
    const stream = jetstream(client)
    const subject = subjectOf(place)
    return {
      publish: sample => stream.publish(subject, JSON.stringify(sample)),
      close: () => client.close(),
    }
  },
}
