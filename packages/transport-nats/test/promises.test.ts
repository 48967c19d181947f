import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterAll, beforeAll } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { itKeepsItsPromises } from '../../brokered/test/promises/keeps-promises.ts'
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
    deadLetters: async namespace => {
      const connection = await connect({ port: broker().port })
      const { streams } = await jetstreamManager(connection)
      const { state } = await streams.info(`${namespace}=dead`)
      await connection.close()
      return state.messages
    },
    forget: async () => {
      await broker().kill()
      await broker().restart({ fresh: true })
    },
  })
})
