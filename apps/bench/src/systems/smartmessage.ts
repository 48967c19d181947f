import { createAgent, type DeliveryLevel, defineMessage, type TransportsConfig, unchecked } from '@sm/core'
import { z } from 'zod'
import type { OpenOneWay } from '../one-way.ts'
import type { Sample } from '../payload.ts'
import type { OpenRoundTrip } from '../round-trip.ts'

export interface SmartMessageOptions {
  readonly delivery: DeliveryLevel
  /** False: a schema that types the payload and looks at nothing. Default true. */
  readonly validates?: boolean
  readonly transports?: TransportsConfig
  /** The transports of an agent that publishes to one subscriber, instead of to all over those of the subscribers. */
  readonly directOver?: TransportsConfig
}

/** The schema that a user would write for a sample. */
const sampleSchema = z.object({ seq: z.number(), ts: z.number(), body: z.string() })

let namespaces = 0

/** Each contender meets nobody but itself. */
const nextNamespace = () => `bench-${process.pid}-${namespaces++}`

/** One agent publishes; each subscriber is an agent of its own and gets a copy. */
export function smartMessageOneWay({
  delivery,
  validates = true,
  transports,
  directOver,
}: SmartMessageOptions): OpenOneWay {
  const schema = validates ? sampleSchema : unchecked<Sample>()
  const SampleTaken = defineMessage('bench.sample', { schema, delivery })
  return async (handle, subscribers) => {
    const options = { namespace: nextNamespace(), ...(transports && { transports }) }
    const publisher = await createAgent('publisher', { ...options, ...(directOver && { transports: directOver }) })
    const agents = [publisher]
    for (let i = 0; i < subscribers; i++) {
      const agent = await createAgent(`subscriber-${i}`, options)
      await agent.subscribe(SampleTaken, sample => handle(sample)).ready
      agents.push(agent)
    }
    return {
      publish: directOver
        ? sample => publisher.publish(SampleTaken, sample, { to: 'subscriber-0' })
        : sample => publisher.publish(SampleTaken, sample),
      close: async () => {
        for (const agent of agents) await agent.stop()
      },
    }
  }
}

/** One agent asks, another answers. */
export function smartMessageRoundTrip({ delivery, validates = true, transports }: SmartMessageOptions): OpenRoundTrip {
  const schema = validates ? sampleSchema : unchecked<Sample>()
  const Echo = defineMessage('bench.echo', { schema, reply: schema, delivery })
  return async () => {
    const options = { namespace: nextNamespace(), ...(transports && { transports }) }
    const answering = await createAgent('answering', options)
    await answering.subscribe(Echo, ({ seq, ts, body }) => ({ seq, ts, body })).ready
    const asking = await createAgent('asking', options)
    return {
      request: sample => asking.request(Echo, sample, { to: 'answering' }),
      close: async () => {
        await asking.stop()
        await answering.stop()
      },
    }
  }
}
