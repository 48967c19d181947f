import { basename } from 'node:path'
import { Redis } from 'ioredis'
import { brokerUrl } from '../broker-server.ts'
import type { Pair, Place } from '../pair.ts'
import type { Sample } from '../payload.ts'
import { oneWayOnly } from './one-way-only.ts'

/** Nobody else has its directory. */
const streamOf = ({ directory }: Place) => `bench:${basename(directory)}`
const most = 1_000

type Entries = ReadonlyArray<readonly [id: string, fields: readonly string[]]>

/** Streams through ioredis: a consumer group for each far end, an XACK for each batch. */
export const redisStreams: Pair = {
  ...oneWayOnly,
  async receive(place, index, handle) {
    const [reading, acking] = [new Redis(brokerUrl('redis')), new Redis(brokerUrl('redis'))]
    const [stream, group] = [streamOf(place), `group-${index}`]
    await acking.xgroup('CREATE', stream, group, '$', 'MKSTREAM')
    let open = true
    const read = async () => {
      while (open) {
        const args = ['GROUP', group, 'one', 'COUNT', `${most}`, 'BLOCK', '1000', 'STREAMS', stream, '>']
        const reply = (await reading.call('XREADGROUP', ...args)) as readonly [stream: string, entries: Entries] | null
        const entries = reply?.[1] ?? []
        for (const [, fields] of entries) handle(JSON.parse(fields[1] as string) as Sample)
        if (entries.length > 0) void acking.xack(stream, group, ...entries.map(([id]) => id))
      }
    }
    const reads = read().catch(() => undefined)
    return {
      async close() {
        open = false
        await reads
        await acking.del(stream)
        reading.disconnect()
        acking.disconnect()
      },
    }
  },
  async send(place) {
    const client = new Redis(brokerUrl('redis'))
    const stream = streamOf(place)
    return {
      publish: sample => client.xadd(stream, 'MAXLEN', '~', '100000', '*', 'event', JSON.stringify(sample)),
      close: async () => client.disconnect(),
    }
  },
}
