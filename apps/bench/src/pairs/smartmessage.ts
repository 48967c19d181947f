import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Agent, type AgentOptions, createAgent, type DeliveryLevel, defineMessage } from '@sm/core'
import { z } from 'zod'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import { webSocketServers } from '../websocket-servers.ts'

const schema = z.object({ seq: z.number(), ts: z.number(), body: z.string() })

/** The transports that are measured between processes. */
export type Wire = 'named-pipes' | 'lanet' | 'websocket' | 'redis' | 'nats' | 'amqp'

/** A body of 1 MiB and its header are more than the default takes. */
const maxFrameBytes = 2 * 1_048_576

/** Nobody else has the directory of a place; its name in lower case makes a namespace. */
function optionsOf(wire: Wire, { directory }: Place, format: 'compact' | undefined): AgentOptions {
  if (wire === 'named-pipes') return { namespace: 'bench', transports: { 'named-pipes': { base: directory } } }
  const namespace = basename(directory).toLowerCase()
  if (wire === 'lanet') {
    // With keys of its own, announced over the loopback alone.
    const lanet = { keyDirectory: join(directory, 'keys'), host: '127.0.0.1', maxFrameBytes }
    return { namespace, transports: { lanet } }
  }
  const url = wire === 'websocket' ? webSocketServers().hub : brokerUrl(wire)
  return { namespace, transports: { [wire]: { url, ...(format && { format }) } } }
}

/** How often it is looked whether the others have been found, in milliseconds, and how often at most. */
const lookMs = 5
const mostLooks = 6_000

/** On a busy machine, an agent may be started before it has heard of the others. */
async function reached(far: number, explain: () => ReturnType<Agent['explain']>): Promise<void> {
  for (let look = 0; explain().routes.flatMap(({ via }) => via).length < far; look++) {
    if (look === mostLooks) throw new Error(`Not all far ends were found: ${explain()}`)
    await sleep(lookMs)
  }
}

const load = {
  'named-pipes': () => import('@sm/transport-named-pipes'),
  lanet: () => import('@sm/transport-lanet'),
  websocket: () => import('@sm/transport-websocket'),
  redis: () => import('@sm/transport-redis'),
  nats: () => import('@sm/transport-nats'),
  amqp: () => import('@sm/transport-amqp'),
}

/** Agents over a transport, as a user would run them. */
export async function smartMessagePair(wire: Wire, delivery: DeliveryLevel, format?: 'compact'): Promise<Pair> {
  await load[wire]()
  // The others know who is there when they start.
  const findsPeers = wire === 'lanet' || wire === 'websocket'
  const SampleTaken = defineMessage('bench.sample', { schema, delivery })
  const Echo = defineMessage('bench.echo', { schema, reply: schema, delivery: 'at-most-once' })
  return {
    async receive(place, index, handle) {
      const agent = await createAgent(`subscriber-${index}`, optionsOf(wire, place, format))
      await agent.subscribe(SampleTaken, sample => handle(sample)).ready
      return { close: async () => void (await agent.stop()) }
    },
    async send(place) {
      const agent = await createAgent('publisher', optionsOf(wire, place, format))
      if (findsPeers) await reached(place.far, () => agent.explain(SampleTaken))
      return {
        publish: sample => agent.publish(SampleTaken, sample),
        close: async () => void (await agent.stop()),
      }
    },
    async answer(place) {
      const agent = await createAgent('answering', optionsOf(wire, place, format))
      await agent.subscribe(Echo, ({ seq, ts, body }) => ({ seq, ts, body })).ready
      return { close: async () => void (await agent.stop()) }
    },
    async ask(place) {
      const agent = await createAgent('asking', optionsOf(wire, place, format))
      if (findsPeers) await reached(1, () => agent.explain(Echo, { to: 'answering' }))
      return {
        request: sample => agent.request(Echo, sample, { to: 'answering' }),
        close: async () => void (await agent.stop()),
      }
    },
  }
}
