import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { runFaults } from '../../brokered/test/faults/run-faults.ts'

/** As short as heartbeats in whole seconds allow. */
const options = { heartbeatMs: 1_000, deadAfterMs: 3_000, reconnect: { initialMs: 10, maxMs: 200 }, graceMs: 60_000 }

describeWithBroker('amqp', {}, broker => {
  it('loses nothing that was acknowledged, and repeats only what a lost connection explains', {
    timeout: 300_000,
  }, async () => {
    const server = broker()
    const killAndRestart = async () => {
      await server.kill()
      await server.restart()
    }
    const report = await runFaults({
      module: new URL('../src/index.ts', import.meta.url),
      transport: 'amqp',
      options: { ...options, url: server.url },
      faults: [
        { name: 'killed', hurt: killAndRestart },
        { name: 'killed again', hurt: killAndRestart },
        { name: 'connections closed by the server', hurt: () => server.closeConnections() },
        {
          name: 'frozen',
          async hurt() {
            await server.freeze()
            await sleep(4_500)
            await server.thaw()
          },
        },
      ],
      seed: 2,
      blindMs: 6_000,
    })
    expect(report.ok).toBeGreaterThan(19_000)
    expect(report.story).toHaveLength(4)
  })
})
