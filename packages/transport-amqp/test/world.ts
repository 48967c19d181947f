import {
  type Address,
  createUlids,
  type Delivery,
  type DeliveryLevel,
  type Frame,
  formatAgentRef,
  type Header,
  jsonCodec,
  type Logger,
  type Payload,
  type SubscriptionSpec,
  silentMetrics,
  systemClock,
  systemRandom,
  type Transport,
  type TransportContext,
  type TransportSubscription,
  toBody,
} from '@sm/core/transport'
import { type Channel, type ChannelModel, type ConfirmChannel, connect, type GetMessage } from 'amqplib'
import { type AmqpTransportOptions, amqp } from '../src/index.ts'

const ids = createUlids(systemClock, systemRandom)
const pollMs = 5

/** Resolves with what `look` finds, as soon as it finds something; throws, naming `what`, when it does not in time. */
export async function eventually<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 40_000,
): Promise<T> {
  const until = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > until) throw new Error(`It never came to this: ${typeof what === 'string' ? what : what()}`)
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

export const inbox = (agent: string, instance?: string): Address => ({ kind: 'inbox', agent, instance })
export const topic = (name: string): Address => ({ kind: 'topic', topic: name })

/** A frame as an agent would make it. */
export function frameFor(address: Address, payload: Payload, more: Partial<Header> = {}): Frame {
  const body = toBody(payload, jsonCodec)
  const header: Header = {
    id: ids.next(),
    type: address.kind === 'topic' ? address.topic : 'test.direct',
    version: 1,
    from: 'tester/1',
    to: address.kind === 'inbox' ? formatAgentRef(address) : undefined,
    replyTo: undefined,
    correlationId: undefined,
    causationId: undefined,
    time: Date.now(),
    expiresAt: undefined,
    key: undefined,
    delivery: 'at-least-once',
    contentType: body.contentType,
    encodings: undefined,
    traceparent: undefined,
    tracestate: undefined,
    extensions: undefined,
    ...more,
  }
  return { header, body }
}

export const once: { readonly delivery: DeliveryLevel } = { delivery: 'at-most-once' }

/** What a consumer has got. */
export interface Listening {
  readonly subscription: TransportSubscription
  readonly deliveries: Delivery[]
  readonly payloads: Payload[]
}

/** As quick to notice as AMQP allows, and quick to return. */
const quick = {
  heartbeatMs: 1_000,
  deadAfterMs: 3_000,
  graceMs: 5_000,
  reconnect: { initialMs: 10, maxMs: 100 },
} satisfies AmqpTransportOptions

/** Transports of one namespace, and what they say. `await using` stops all of them. */
export class World implements AsyncDisposable {
  readonly namespace = `world-${ids.next().toLowerCase()}`
  /** Everything that was logged, as text. */
  readonly log: string[] = []
  readonly #options: AmqpTransportOptions
  readonly #transports: Transport[] = []
  readonly #clients: ChannelModel[] = []

  constructor(options: AmqpTransportOptions) {
    this.#options = { ...quick, ...options }
  }

  get logger(): Logger {
    const write = (fields: unknown, message?: string) => {
      const { error } = fields as { error?: Error }
      this.log.push(`${message} ${JSON.stringify(fields)} ${error?.message} ${JSON.stringify(error)} ${error?.stack}`)
    }
    return { trace: write, debug: write, info: write, warn: write, error: write } as unknown as Logger
  }

  context(agent = 'tester'): TransportContext {
    const { namespace, logger } = this
    const ports = { clock: systemClock, ids, random: systemRandom, logger, metrics: silentMetrics }
    return { namespace, agent, instance: ids.next(), ...ports }
  }

  /** A transport that is idle. */
  make(options: AmqpTransportOptions = {}, agent?: string): Transport {
    const transport = amqp.definition.create({ ...this.#options, ...options }, this.context(agent))
    this.#transports.push(transport)
    return transport
  }

  /** A transport that has started. */
  async start(options: AmqpTransportOptions = {}, agent?: string): Promise<Transport> {
    const transport = this.make(options, agent)
    await transport.start()
    return transport
  }

  /** A channel of a client that knows nothing of us. */
  async client(url = String(this.#options.url)): Promise<ConfirmChannel> {
    const client = await connect(url, { noDelay: true })
    this.#clients.push(client)
    client.on('error', () => undefined)
    const channel = await client.createConfirmChannel()
    channel.on('error', () => undefined)
    return channel
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#transports.map(transport => transport.stop()))
    await Promise.all(this.#clients.map(client => client.close().catch(() => undefined)))
  }
}

/** Subscribes to an inbox, or to a pattern; acks at once unless told otherwise. */
export async function listen(
  transport: Transport,
  target: Address | string,
  options: Partial<SubscriptionSpec> & { onDelivery?: (delivery: Delivery) => void } = {},
): Promise<Listening> {
  const deliveries: Delivery[] = []
  const payloads: Payload[] = []
  const { onDelivery = delivery => delivery.ack(), ...rest } = options
  const wanted = typeof target === 'string' ? ({ kind: 'pattern', pattern: target } as const) : target
  if (wanted.kind === 'topic') throw new TypeError('A topic is subscribed to by a pattern')
  const spec = { target: wanted, group: 'listeners', prefetch: 64, durable: false, ...rest }
  const subscription = transport.subscribe(spec, delivery => {
    deliveries.push(delivery)
    payloads.push(delivery.frame.body.value())
    onDelivery(delivery)
  })
  await subscription.ready
  return { subscription, deliveries, payloads }
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

/** Numbers from 0. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
