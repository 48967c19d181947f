import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Delivery, SubscriptionSpec, TransportSubscription } from '../src/contract/index.ts'
import { createUlids, silentLogger } from '../src/kernel/index.ts'
import { createSeededRandom } from '../src/kernel/random.ts'
import { createVirtualClock, type VirtualClock } from '../src/kernel/virtual-clock.ts'
import { memory } from '../src/memory/index.ts'
import { MemoryTransport, type MemoryTransportOptions } from '../src/memory/memory-transport.ts'
import type { Frame, InboxAddress, Payload, TopicAddress } from '../src/message/index.ts'
import { silentMetrics } from '../src/telemetry/index.ts'
import { makeFrame } from './make-frame.ts'

/** Memory transports of one namespace. */
export interface MemoryWorld {
  readonly clock: VirtualClock
  readonly namespace: string
  /** A transport that has been started, and is stopped when the test has finished. */
  open(agent: string, options?: MemoryTransportOptions): Promise<MemoryTransport>
  settle(): Promise<void>
}

/** A consumer that settles nothing by itself. */
export interface Listener {
  readonly subscription: TransportSubscription
  readonly deliveries: Delivery[]
  /** The messages that it got, by the `n` of each payload. */
  readonly numbers: () => readonly unknown[]
}

export function memoryWorld(): MemoryWorld {
  const clock = createVirtualClock()
  const random = createSeededRandom(1)
  const ids = createUlids(clock, random)
  const namespace = `memory-${randomUUID()}`
  return {
    clock,
    namespace,
    async open(agent, options = {}) {
      const context = { namespace, agent, instance: ids.next(), clock, ids, random }
      const ports = { logger: silentLogger, metrics: silentMetrics }
      const transport = new MemoryTransport(memory.definition.capabilities, options, { ...context, ...ports })
      await transport.start()
      onTestFinished(() => transport.stop())
      return transport
    },
    settle: () => clock.advance(0),
  }
}

export const topic: TopicAddress = { kind: 'topic', topic: 'order.placed' }

export function inbox(agent: string, instance?: string): InboxAddress {
  return { kind: 'inbox', agent, instance }
}

export function order(n: number, attributes?: Parameters<typeof makeFrame>[0]): Frame {
  return makeFrame(attributes, { n } as Payload)
}

function numberOf({ frame }: Pick<Delivery, 'frame'>): unknown {
  return (frame.body.value() as { n: unknown }).n
}

/** Subscribes, and runs `onDelivery` on whatever comes in. */
export function listen(
  transport: MemoryTransport,
  spec: Partial<SubscriptionSpec> = {},
  onDelivery: (delivery: Delivery) => void = () => {},
): Listener {
  const deliveries: Delivery[] = []
  const subscription = transport.subscribe(
    { target: { kind: 'pattern', pattern: 'order.placed' }, group: 'billing', prefetch: 64, durable: false, ...spec },
    delivery => {
      deliveries.push(delivery)
      onDelivery(delivery)
    },
  )
  return { subscription, deliveries, numbers: () => deliveries.map(numberOf) }
}

export const acks = (delivery: Delivery) => delivery.ack()
