import { afterAll, beforeAll } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { itKeepsItsPromises } from '../../brokered/test/promises/keeps-promises.ts'
import { readDeadLetters } from './dead-letters.ts'
import { Wire } from './wire.ts'

const options = { heartbeatMs: 500, deadAfterMs: 2_000, reconnect: { initialMs: 10, maxMs: 200 } }

describeWithBroker('nats', {}, broker => {
  let wire: Wire
  beforeAll(async () => {
    wire = await Wire.to(broker().port)
  })
  afterAll(() => wire.close())

  itKeepsItsPromises({
    module: new URL('../src/index.ts', import.meta.url),
    transport: 'nats',
    options: () => ({ ...options, url: wire.url }),
    cut: async () => wire.cut(),
    deadLetters: async namespace => (await readDeadLetters(broker().port, namespace)).length,
    forget: async () => {
      await broker().kill()
      await broker().restart({ fresh: true })
    },
  })
})
