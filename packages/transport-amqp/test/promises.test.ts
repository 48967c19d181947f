import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { itKeepsItsPromises } from '../../brokered/test/promises/keeps-promises.ts'
import { readDeadLetters } from './dead-letters.ts'

/** As short as heartbeats in whole seconds allow. */
const options = { heartbeatMs: 1_000, deadAfterMs: 3_000, reconnect: { initialMs: 10, maxMs: 200 }, graceMs: 60_000 }

describeWithBroker('amqp', {}, broker => {
  itKeepsItsPromises({
    module: new URL('../src/index.ts', import.meta.url),
    transport: 'amqp',
    options: () => ({ ...options, url: broker().url }),
    cut: () => broker().closeConnections(),
    deadLetters: async namespace => (await readDeadLetters(broker().url, namespace)).length,
    forget: async () => {
      await broker().kill()
      await broker().restart({ fresh: true })
    },
  })
})
