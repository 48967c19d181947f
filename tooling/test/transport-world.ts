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
  type TransportDefinition,
  type TransportSubscription,
  toBody,
} from '@sm/core/transport'

const ids = createUlids(systemClock, systemRandom)

export const inbox = (agent: string, instance?: string): Address => ({ kind: 'inbox', agent, instance })
export const topic = (name: string): Address => ({ kind: 'topic', topic: name })

export const once: { readonly delivery: DeliveryLevel } = { delivery: 'at-most-once' }

/** Numbers from 0. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** A frame as an agent would make it, sent at least once unless `more` says otherwise. */
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

/** The deliveries of a consumer. */
export interface Listening {
  readonly subscription: TransportSubscription
  readonly deliveries: Delivery[]
  readonly payloads: Payload[]
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

/** Transports of one namespace, and what they say. `await using` stops all of them, and then whatever else was opened. */
export class TransportWorld<Options extends object> implements AsyncDisposable {
  readonly namespace = `world-${ids.next().toLowerCase()}`
  /** Everything that was logged, as text. */
  readonly log: string[] = []
  protected readonly options: Options
  readonly #definition: TransportDefinition<Options>
  readonly #transports: Transport[] = []
  readonly #closes: Array<() => Promise<unknown>> = []

  constructor(definition: TransportDefinition<Options>, options: Options) {
    this.#definition = definition
    this.options = options
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
  make(options?: Options, agent?: string): Transport {
    const transport = this.#definition.create({ ...this.options, ...options }, this.context(agent))
    this.#transports.push(transport)
    return transport
  }

  /** A transport that has started. */
  async start(options?: Options, agent?: string): Promise<Transport> {
    const transport = this.make(options, agent)
    await transport.start()
    return transport
  }

  /** Has something closed in the end, after the transports. */
  protected closeLater(close: () => Promise<unknown>): void {
    this.#closes.push(close)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#transports.map(transport => transport.stop()))
    await Promise.all(this.#closes.map(close => close()))
  }
}
