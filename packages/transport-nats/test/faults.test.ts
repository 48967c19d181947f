import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { runFaults } from '../../brokered/test/faults/run-faults.ts'
import { Deliveries } from './deliveries.ts'
import { Wire } from './wire.ts'

/** Short enough that a frozen server is noticed, long enough for machines under load. */
const options = { heartbeatMs: 500, deadAfterMs: 2_000, reconnect: { initialMs: 10, maxMs: 200 } }

describeWithBroker('nats', {}, broker => {
  it('loses nothing that was acknowledged, and repeats only what a lost connection explains', {
    timeout: 300_000,
  }, async () => {
    const server = broker()
    const deliveries = new Deliveries()
    const wire = await Wire.to(server.port, (connection, bytes) => deliveries.see(connection, bytes))
    const killAndRestart = async () => {
      await server.kill()
      await sleep(100)
      await server.restart()
    }
    const report = await runFaults({
      module: new URL('../src/index.ts', import.meta.url),
      transport: 'nats',
      options: { ...options, url: wire.url },
      faults: [
        { name: 'killed', hurt: killAndRestart },
        { name: 'killed again', hurt: killAndRestart },
        { name: 'connections cut', hurt: async () => wire.cut() },
        {
          name: 'frozen',
          async hurt() {
            await server.freeze()
            await sleep(3_000)
            await server.thaw()
          },
        },
      ],
      seed: 2,
      blindMs: 4_000,
      explain: number => deliveries.explain(number),
    })
    wire.close()
    expect(report.ok).toBeGreaterThan(19_000)
    expect(report.story).toHaveLength(4)
  })
})
