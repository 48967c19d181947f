import { type Channel, type ConfirmChannel, connect, type GetMessage } from 'amqplib'
import { eventually } from '../../../tooling/test/eventually.ts'
import { TransportWorld } from '../../../tooling/test/transport-world.ts'
import { type AmqpTransportOptions, amqp } from '../src/index.ts'

/** As quick to notice as AMQP allows, and quick to return. */
const quick = {
  heartbeatMs: 1_000,
  deadAfterMs: 3_000,
  graceMs: 5_000,
  reconnect: { initialMs: 10, maxMs: 100 },
} satisfies AmqpTransportOptions

/** Transports of one namespace over RabbitMQ. */
export class World extends TransportWorld<AmqpTransportOptions> {
  constructor(options: AmqpTransportOptions) {
    super(amqp.definition, { ...quick, ...options })
  }

  /** A channel of a client that knows nothing of us. */
  async client(url = String(this.options.url)): Promise<ConfirmChannel> {
    const client = await connect(url, { noDelay: true })
    this.closeLater(() => client.close().catch(() => undefined))
    client.on('error', () => undefined)
    const channel = await client.createConfirmChannel()
    channel.on('error', () => undefined)
    return channel
  }
}

/** The next message of a queue. Polls, as a foreign client may. */
export function next(channel: Channel, queue: string): Promise<GetMessage> {
  return eventually(`a message comes to ${queue}`, () => channel.get(queue, { noAck: true }))
}

/** Whether a queue is there, with how many frames and consumers. Asking for one that is not ends the channel. */
export async function exists(queue: string, url: string) {
  const client = await connect(url)
  client.on('error', () => undefined)
  const channel = await client.createChannel()
  channel.on('error', () => undefined)
  const found = await channel.checkQueue(queue).catch(() => false as const)
  await client.close()
  return found
}
