/**
 * Publishes numbers to an archive, so many at a time, until it is killed or told to stop. It notes each that was acknowledged in a file
 * of its own, in one system call, so that the note is there whatever happens to the process.
 */
import { openSync, writeSync } from 'node:fs'
import {
  createUlids,
  jsonCodec,
  silentLogger,
  silentMetrics,
  systemClock,
  systemRandom,
  toBody,
  toHeader,
} from '@sm/core/transport'
import { type ArchiveTransportOptions, archive } from '../../src/index.ts'

interface Setting {
  readonly options: ArchiveTransportOptions
  readonly notes: string
  readonly atOnce: number
}

const { options, notes, atOnce } = JSON.parse(process.argv[2] ?? '') as Setting
const ids = createUlids(systemClock, systemRandom)
const context = { namespace: 'world', agent: 'writer', instance: ids.next(), clock: systemClock, ids }
const transport = archive.definition.create(options, {
  ...context,
  ...{ random: systemRandom, logger: silentLogger, metrics: silentMetrics },
})
const noted = openSync(notes, 'a', 0o600)
const filling = 'x'.repeat(200)
let begun = 0

async function lane(): Promise<void> {
  for (;;) {
    const n = begun++
    const body = toBody([n, filling], jsonCodec)
    const header = toHeader({
      ...{ id: ids.next(), type: 'order.placed', version: 1, from: 'writer', time: Date.now() },
      ...{ contentType: body.contentType, delivery: 'at-least-once' },
    })
    await transport.publish({ header, body }, { kind: 'topic', topic: 'order.placed' })
    writeSync(noted, `${n}\n`)
  }
}

await transport.start()
process.send?.({ kind: 'ready' })
await Promise.all(Array.from({ length: atOnce }, lane))
