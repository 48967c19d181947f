import { randomBytes } from 'node:crypto'
import { BrokeredTransport } from '@sm/brokered'
import {
  type Address,
  createUlids,
  type Delivery,
  type DeliveryLevel,
  type Frame,
  jsonCodec,
  type Payload,
  silentMetrics,
  systemClock,
  systemRandom,
  type Transport,
  type TransportContext,
  toBody,
} from '@sm/core/transport'
import { capabilities } from '../src/capabilities.ts'
import type { RedisTransportOptions } from '../src/index.ts'
import { RedisDriver } from '../src/redis-driver.ts'

const ids = createUlids(systemClock, systemRandom)

/** Quick to notice and to return. */
export const quick = { heartbeatMs: 250, deadAfterMs: 1_500, graceMs: 2_000, reconnect: { initialMs: 10, maxMs: 100 } }

/** A namespace that nobody else uses. */
export const freshNamespace = () => `test-${randomBytes(6).toString('hex')}`

/** The content of a log line. */
export interface Line {
  readonly level: string
  readonly fields: object
  readonly text: string
}

/** A transport of one agent instance, with what it logs. */
export class Station {
  readonly transport: Transport
  readonly instance = ids.next()
  readonly lines: Line[] = []
  readonly #agent: string

  constructor(agent: string, namespace: string, options: RedisTransportOptions) {
    const log = (level: string) => (fields: object, text: string) => void this.lines.push({ level, fields, text })
    const logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
    const context: TransportContext = {
      ...{ namespace, agent, instance: this.instance, ids, logger },
      ...{ clock: systemClock, random: systemRandom, metrics: silentMetrics },
    }
    this.#agent = agent
    const driver = { name: 'redis', capabilities }
    this.transport = new BrokeredTransport(
      { ...driver, driver: settings => new RedisDriver(options, settings, context) },
      options,
      context,
    )
  }

  /** Codes of the faults that it told of. */
  get faults(): readonly string[] {
    return this.lines.flatMap(({ fields }) => (fields as { code?: string }).code ?? [])
  }

  frame(address: Address, payload: Payload, delivery: DeliveryLevel = 'at-least-once'): Frame {
    const body = toBody(payload, jsonCodec)
    const header = {
      ...{ id: ids.next(), version: 1, from: `${this.#agent}/${this.instance}`, time: Date.now(), delivery },
      type: address.kind === 'topic' ? address.topic : 'direct.mail',
      to: address.kind === 'inbox' ? address.agent : undefined,
      ...{ replyTo: undefined, correlationId: undefined, causationId: undefined, expiresAt: undefined },
      ...{ key: undefined, contentType: body.contentType, encodings: undefined, traceparent: undefined },
      ...{ tracestate: undefined, extensions: undefined },
    }
    return { header, body }
  }

  async publish(address: Address, payload: Payload, delivery?: DeliveryLevel) {
    return this.transport.publish(this.frame(address, payload, delivery), address)
  }

  /** Subscribes to a topic, and resolves when frames come. */
  async listen(
    pattern: string,
    onDelivery: (delivery: Delivery) => void,
    options: { group?: string; prefetch?: number; durable?: boolean } = {},
  ) {
    const { group = this.#agent, prefetch = 64, durable = false } = options
    const subscription = this.transport.subscribe(
      { target: { kind: 'pattern', pattern }, group, prefetch, durable },
      onDelivery,
    )
    await subscription.ready
    return subscription
  }
}

export const topic = (name: string): Address => ({ kind: 'topic', topic: name })
