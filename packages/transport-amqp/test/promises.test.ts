import { connect } from 'amqplib'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { itKeepsItsPromises } from '../../brokered/test/promises/keeps-promises.ts'

/** As short as heartbeats in whole seconds allow. */
const options = { heartbeatMs: 1_000, deadAfterMs: 3_000, reconnect: { initialMs: 10, maxMs: 200 }, graceMs: 60_000 }

describeWithBroker('amqp', {}, broker => {
  itKeepsItsPromises({
    module: new URL('../src/index.ts', import.meta.url),
    transport: 'amqp',
    options: () => ({ ...options, url: broker().url }),
    cut: () => broker().closeConnections(),
    deadLetters: async namespace => {
      const connection = await connect(broker().url)
      const channel = await connection.createChannel()
      // It is made with the first of them, and asking for what is not there ends the channel.
      channel.on('error', () => undefined)
      const found = await channel.checkQueue(`${namespace}.dead`).catch(() => ({ messageCount: 0 }))
      await connection.close()
      return found.messageCount
    },
    forget: async () => {
      await broker().kill()
      await broker().restart({ fresh: true })
    },
  })
})
