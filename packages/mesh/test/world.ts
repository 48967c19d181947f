import { createSeededRandom, createVirtualClock } from '@sm/core/testing'
import {
  type Address,
  type Capabilities,
  createUlids,
  type Delivery,
  type Frame,
  jsonCodec,
  type Payload,
  type SubscriptionSpec,
  silentLogger,
  silentMetrics,
  toBody,
  toHeader,
} from '@sm/core/transport'
import { MeshTransport } from '../src/mesh-transport.ts'
import type { MeshOptions } from '../src/options.ts'
import { MemoryNet } from './memory-driver.ts'

const capabilities: Capabilities = {
  reach: 'machine',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'accepted' },
  durable: false,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 16_777_216,
  expiry: false,
  delay: true,
  encrypted: false,
  deadLetters: false,
  publishOnly: false,
}

/** Lets everything happen that can happen without time passing. */
export async function settle(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate)
}

/** A frame of the type `order.placed`, unless `attributes` say otherwise. */
export function makeFrame(id: string, payload: Payload, attributes: object = {}): Frame {
  const header = toHeader({ id, type: 'order.placed', from: 'shop', time: 0, delivery: 'at-least-once', ...attributes })
  return { header, body: toBody(payload, jsonCodec) }
}

export const topic: Address = { kind: 'topic', topic: 'order.placed' }

/** Everything of one topic, for one group. */
export function topicSpec(group: string, prefetch = 16): SubscriptionSpec {
  return { target: { kind: 'pattern', pattern: 'order.placed' }, group, prefetch, durable: false }
}

/** Mesh transports on one network in memory, in a time of their own. */
export function createWorld(seed = 1) {
  const clock = createVirtualClock()
  const random = createSeededRandom(seed)
  const ids = createUlids(clock, random)
  const net = new MemoryNet(clock)
  const faults: unknown[] = []
  const logger = { ...silentLogger, warn: (fields: object) => void faults.push((fields as { code?: unknown }).code) }

  return {
    clock,
    net,
    ids,
    /** Codes of the faults that were logged. */
    faults,
    /** An agent's transport; each has a later instance than the one before. */
    create(agent: string, options: MeshOptions = {}, namespace = 'test', metrics = silentMetrics): MeshTransport {
      const instance = ids.next()
      const context = { namespace, agent, instance, clock, ids, random, logger, metrics }
      const driver = net.driver({ namespace, agent, instance })
      return new MeshTransport({ name: 'memory-mesh', capabilities, driver }, options, context)
    },
    async open(agent: string, options: MeshOptions = {}, metrics = silentMetrics): Promise<MeshTransport> {
      const transport = this.create(agent, options, 'test', metrics)
      const started = transport.start()
      await settle()
      await clock.advance(200)
      await started
      return transport
    },
  }
}

/** A consumer that keeps what it gets; it acks at once unless told otherwise. */
export function createConsumer(onDelivery: (delivery: Delivery) => void = delivery => delivery.ack()) {
  const deliveries: Delivery[] = []
  return {
    deliveries,
    get ids(): string[] {
      return deliveries.map(({ frame }) => frame.header.id)
    },
    take: (delivery: Delivery) => {
      deliveries.push(delivery)
      onDelivery(delivery)
    },
  }
}
