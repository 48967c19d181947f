import { basename } from 'node:path'
import { connect } from '@nats-io/transport-node'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'

/** Nobody else has its directory. */
const subjectOf = ({ directory }: Place) => `bench.${basename(directory)}`
/** How many publishes go by between two looks at whether the server keeps up. */
const flushEvery = 256

const dial = () => connect({ servers: brokerUrl('nats') })

/** Core NATS through its own client. */
export const nats: Pair = {
  async receive(place, _index, handle) {
    const client = await dial()
    client.subscribe(subjectOf(place), { callback: (_error, message) => handle(message.json<Sample>()) })
    await client.flush()
    return { close: () => client.close() }
  },
  async send(place) {
    const client = await dial()
    const subject = subjectOf(place)
    return {
      publish(sample) {
        client.publish(subject, JSON.stringify(sample))
        return sample.seq % flushEvery === 0 ? client.flush() : undefined
      },
      close: () => client.close(),
    }
  },
  async answer(place) {
    const client = await dial()
    client.subscribe(subjectOf(place), {
      callback: (_error, message) => {
        const { seq, ts, body } = message.json<Sample>()
        message.respond(JSON.stringify({ seq, ts, body }))
      },
    })
    await client.flush()
    return { close: () => client.close() }
  },
  async ask(place) {
    const client = await dial()
    const subject = subjectOf(place)
    return {
      request: async sample => (await client.request(subject, JSON.stringify(sample))).json<Sample>(),
      close: () => client.close(),
    }
  },
}
