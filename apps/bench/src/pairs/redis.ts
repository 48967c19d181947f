import { Redis } from 'ioredis'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import { Waiting } from './waiting.ts'

/** Channels of one subject: nobody else has its directory. */
const channelOf = ({ directory }: Place, way: 'there' | 'back') => `${directory} ${way}`

async function connect(): Promise<Redis> {
  const client = new Redis(brokerUrl('redis'), { lazyConnect: true })
  await client.connect()
  return client
}

async function listen(channel: string, handle: (sample: Sample) => void): Promise<Redis> {
  const client = await connect()
  client.on('message', (_channel: string, text: string) => handle(JSON.parse(text) as Sample))
  await client.subscribe(channel)
  return client
}

/** Pub/sub through ioredis: a channel for each direction. */
export const redis: Pair = {
  async receive(place, _index, handle) {
    const client = await listen(channelOf(place, 'there'), handle)
    return { close: async () => client.disconnect() }
  },
  async send(place) {
    const client = await connect()
    const channel = channelOf(place, 'there')
    return {
      publish: sample => client.publish(channel, JSON.stringify(sample)),
      close: async () => client.disconnect(),
    }
  },
  async answer(place) {
    const replying = await connect()
    const back = channelOf(place, 'back')
    const asked = await listen(channelOf(place, 'there'), ({ seq, ts, body }) => {
      void replying.publish(back, JSON.stringify({ seq, ts, body }))
    })
    return {
      close: async () => {
        asked.disconnect()
        replying.disconnect()
      },
    }
  },
  async ask(place) {
    const asking = await connect()
    const there = channelOf(place, 'there')
    const waiting = new Waiting()
    const answered = await listen(channelOf(place, 'back'), waiting.answered)
    return {
      request: sample => waiting.ask(sample, () => void asking.publish(there, JSON.stringify(sample))),
      close: async () => {
        asking.disconnect()
        answered.disconnect()
      },
    }
  },
}
