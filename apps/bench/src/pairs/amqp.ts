import { basename } from 'node:path'
import { type Channel, type ConfirmChannel, connect } from 'amqplib'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import { oneWayOnly } from './one-way-only.ts'
import { Waiting } from './waiting.ts'

/** Nobody else has its directory. */
const exchangeOf = ({ directory }: Place) => basename(directory)
const prefetch = 1_000
const replyTo = 'amq.rabbitmq.reply-to'

/** Without `noDelay`, Nagle's algorithm and delayed acks cost 44 ms for each round trip. */
const dial = () => connect(brokerUrl('amqp'), { noDelay: true })

const bytesOf = (sample: Sample) => Buffer.from(JSON.stringify(sample))
const sampleOf = (content: Buffer) => JSON.parse(content.toString()) as Sample

async function receive(
  place: Place,
  index: number,
  durable: boolean,
  take: (channel: Channel, queue: string) => Promise<unknown>,
) {
  const connection = await dial()
  const channel = await connection.createChannel()
  await channel.assertExchange(exchangeOf(place), 'topic', { durable: true, autoDelete: false })
  const queue = `${exchangeOf(place)}.${index}`
  await channel.assertQueue(queue, { durable })
  await channel.bindQueue(queue, exchangeOf(place), 'bench.sample')
  await channel.prefetch(prefetch)
  await take(channel, queue)
  return {
    async close() {
      await channel.deleteQueue(queue)
      await channel.deleteExchange(exchangeOf(place))
      await connection.close()
    },
  }
}

/** Resolves when the socket has room again. */
const drained = (channel: Channel) => new Promise<void>(resolve => channel.once('drain', resolve))

/** Transient messages through amqplib, without confirms or acks. */
export const amqpTransient: Pair = {
  receive: (place, index, handle) =>
    receive(place, index, false, (channel, queue) =>
      channel.consume(queue, message => message && handle(sampleOf(message.content)), { noAck: true }),
    ),
  async send(place) {
    const connection = await dial()
    const channel = await connection.createChannel()
    const exchange = exchangeOf(place)
    return {
      publish: sample =>
        channel.publish(exchange, 'bench.sample', bytesOf(sample), { deliveryMode: 1 }) ? undefined : drained(channel),
      // It says itself when it is full.
      window: 1,
      close: () => connection.close(),
    }
  },
  async answer(place) {
    const connection = await dial()
    const channel = await connection.createChannel()
    const queue = exchangeOf(place)
    await channel.assertQueue(queue, { durable: false })
    const answer = ({ seq, ts, body }: Sample, properties: { replyTo: string }) =>
      channel.sendToQueue(properties.replyTo, bytesOf({ seq, ts, body }))
    await channel.consume(queue, message => message && answer(sampleOf(message.content), message.properties), {
      noAck: true,
    })
    return {
      async close() {
        await channel.deleteQueue(queue)
        await connection.close()
      },
    }
  },
  async ask(place) {
    const connection = await dial()
    const channel = await connection.createChannel()
    const waiting = new Waiting()
    await channel.consume(replyTo, message => message && waiting.answered(sampleOf(message.content)), { noAck: true })
    return {
      request: sample =>
        waiting.ask(sample, () =>
          channel.sendToQueue(exchangeOf(place), bytesOf(sample), { replyTo, deliveryMode: 1 }),
        ),
      close: () => connection.close(),
    }
  },
}

function confirmed(channel: ConfirmChannel, exchange: string, sample: Sample): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.publish(exchange, 'bench.sample', bytesOf(sample), { deliveryMode: 2 }, error =>
      error ? reject(error) : resolve(),
    )
  })
}

/** Durable queues, persistent messages, publisher confirms and an ack for each message through amqplib. */
export const amqpConfirmed: Pair = {
  ...oneWayOnly,
  receive: (place, index, handle) =>
    receive(place, index, true, (channel, queue) =>
      channel.consume(queue, message => {
        if (!message) return
        handle(sampleOf(message.content))
        channel.ack(message)
      }),
    ),
  async send(place) {
    const connection = await dial()
    const channel = await connection.createConfirmChannel()
    const exchange = exchangeOf(place)
    return { publish: sample => confirmed(channel, exchange, sample), close: () => connection.close() }
  },
}
