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
    // A connection that ends before the broker has confirmed a dead letter leaves it there once more: RabbitMQ knows no ids.
    deadLetters: async namespace => new Set((await readDeadLetters(broker().url, namespace)).map(({ id }) => id)).size,
    forget: async () => {
      await broker().kill()
      await broker().restart({ fresh: true })
    },
  })
})
