import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  toBody,
  toHeader,
} from '@sm/core/transport'
import { eventually } from '../../../tooling/test/eventually.ts'
import { LanetTransport } from '../src/lanet-transport.ts'
import type { LanetTransportOptions } from '../src/options.ts'
import { Board } from './board.ts'

const ids = createUlids(systemClock, systemRandom)

export const topic: Address = { kind: 'topic', topic: 'order.placed' }

/** A frame on the topic. */
export function makeFrame(payload: Payload, delivery: DeliveryLevel = 'at-least-once', from = 'shop'): Frame {
  const body = toBody(payload, jsonCodec)
  const { contentType } = body
  const header = toHeader({ id: ids.next(), type: 'order.placed', from, time: 0, delivery, contentType })
  return { header, body }
}

/** A transport of the world, and the codes of what it complained about. */
export interface Participant {
  readonly transport: LanetTransport
  readonly instance: string
  readonly faults: readonly string[]
}

/** Everything that a logger and a meter were told. */
class Diary {
  readonly entries: unknown[] = []
  readonly logger = {
    debug: (...told: unknown[]) => void this.entries.push(told),
    info: (...told: unknown[]) => void this.entries.push(told),
    warn: (...told: unknown[]) => void this.entries.push(told),
    error: (...told: unknown[]) => void this.entries.push(told),
  }
}

/** Agents of one process over real sockets, with keys of their own: `await using` ends and removes all of it. */
export class World implements AsyncDisposable {
  readonly base = mkdtempSync(join(tmpdir(), 'sm-lanet-world-'))
  readonly board = new Board()
  readonly diary = new Diary()
  readonly #transports: LanetTransport[] = []

  /** A directory of keys: the same for the same machine. */
  keys(machine: string): string {
    return join(this.base, machine)
  }

  /** An agent's transport, idle. `machine` is whose keys it has. */
  create(agent: string, options: LanetTransportOptions = {}, machine = 'machine', instance = ids.next()): Participant {
    const faults: string[] = []
    const { logger } = this.diary
    const context = {
      namespace: 'test',
      agent,
      instance,
      clock: systemClock,
      ids,
      random: systemRandom,
      logger: {
        ...logger,
        warn: (fields: object, text: string) => {
          faults.push(String((fields as { code?: string }).code))
          logger.warn(fields, text)
        },
      },
      metrics: silentMetrics,
    }
    const given = {
      host: '127.0.0.1',
      keyDirectory: this.keys(machine),
      reconnect: { initialMs: 10, maxMs: 100 },
      ...options,
    }
    const transport = new LanetTransport(given, context, this.board.discovery)
    this.#transports.push(transport)
    return { transport, instance, faults }
  }

  async open(...args: Parameters<World['create']>): Promise<Participant> {
    const participant = this.create(...args)
    await participant.transport.start()
    return participant
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#transports.map(transport => transport.stop()))
    rmSync(this.base, { recursive: true, force: true })
  }
}

/** Resolves when a transport has so many links. */
export async function linked({ transport }: Participant, links = 1): Promise<void> {
  await eventually(
    () => `${links} links; there are ${transport.health().details.links}`,
    () => transport.health().details.links === links,
  )
}

/** Consumes the topic, acks all, and returns what has come. */
export async function consume({ transport }: Participant, group = 'consumer'): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = []
  await transport.subscribe(
    { target: { kind: 'pattern', pattern: 'order.placed' }, group, prefetch: 64, durable: false },
    delivery => {
      deliveries.push(delivery)
      delivery.ack()
    },
  ).ready
  return deliveries
}
