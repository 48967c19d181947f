/** Publishes three messages, one after the other, and prints `ack` as each is acknowledged. */
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
import { archive } from '../../src/index.ts'

const ids = createUlids(systemClock, systemRandom)
const context = { namespace: 'world', agent: 'syncer', instance: ids.next(), clock: systemClock, ids }
const transport = archive.definition.create(JSON.parse(process.argv[2] ?? ''), {
  ...context,
  ...{ random: systemRandom, logger: silentLogger, metrics: silentMetrics },
})
await transport.start()
for (let n = 0; n < 3; n++) {
  const body = toBody(n, jsonCodec)
  const header = toHeader({
    ...{ id: ids.next(), type: 'order.placed', version: 1, from: 'syncer', time: Date.now() },
    ...{ contentType: body.contentType, delivery: 'at-least-once' },
  })
  await transport.publish({ body, header }, { kind: 'topic', topic: 'order.placed' })
  process.stdout.write('ack\n')
}
await transport.stop({ drain: true })
