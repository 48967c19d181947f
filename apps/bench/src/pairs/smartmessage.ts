import { createAgent, type DeliveryLevel, defineMessage } from '@sm/core'
import '@sm/transport-named-pipes'
import { z } from 'zod'
import type { Pair, Place } from '../two-processes/pair.ts'

const schema = z.object({ seq: z.number(), ts: z.number(), body: z.string() })

const optionsOf = ({ directory }: Place) => ({
  namespace: 'bench',
  transports: { 'named-pipes': { base: directory } },
})

/** Agents over named pipes, as a user would run them. */
export function smartMessagePair(delivery: DeliveryLevel): Pair {
  const SampleTaken = defineMessage('bench.sample', { schema, delivery })
  const Echo = defineMessage('bench.echo', { schema, reply: schema, delivery: 'at-most-once' })
  return {
    async receive(place, index, handle) {
      const agent = await createAgent(`subscriber-${index}`, optionsOf(place))
      await agent.subscribe(SampleTaken, sample => handle(sample)).ready
      return { close: async () => void (await agent.stop()) }
    },
    async send(place) {
      const agent = await createAgent('publisher', optionsOf(place))
      return {
        publish: sample => agent.publish(SampleTaken, sample),
        close: async () => void (await agent.stop()),
      }
    },
    async answer(place) {
      const agent = await createAgent('answering', optionsOf(place))
      await agent.subscribe(Echo, ({ seq, ts, body }) => ({ seq, ts, body })).ready
      return { close: async () => void (await agent.stop()) }
    },
    async ask(place) {
      const agent = await createAgent('asking', optionsOf(place))
      return {
        request: sample => agent.request(Echo, sample, { to: 'answering' }),
        close: async () => void (await agent.stop()),
      }
    },
  }
}
