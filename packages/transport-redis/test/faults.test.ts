import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { runFaults } from '../../brokered/test/faults/run-faults.ts'

/** Short enough that a frozen server is noticed, long enough for machines under load. */
const options = { heartbeatMs: 500, deadAfterMs: 2_000, reconnect: { initialMs: 10, maxMs: 200 } }

describeWithBroker('redis', {}, broker => {
  it('loses nothing that was acknowledged, and repeats only what a lost connection explains', {
    timeout: 300_000,
  }, async () => {
    const killAndRestart = async () => {
      await broker().kill()
      await sleep(100)
      await broker().restart()
    }
    const cut = async () => {
      const admin = new Redis(broker().url)
      for (const type of ['normal', 'pubsub']) await admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
      admin.disconnect()
    }
    const freeze = async () => {
      await broker().freeze()
      await sleep(3_000)
      await broker().thaw()
    }
    const report = await runFaults({
      module: new URL('../src/index.ts', import.meta.url),
      transport: 'redis',
      options: { ...options, url: broker().url },
      faults: [
        { name: 'the server is killed and restarted', hurt: killAndRestart },
        { name: 'the server is killed and restarted again', hurt: killAndRestart },
        { name: 'the server cuts all connections', hurt: cut },
        { name: 'the server is frozen for longer than deadAfterMs', hurt: freeze },
      ],
      seed: 20_251,
      // It is quick: with fewer, the run might be over before the last fault.
      messages: 60_000,
      blindMs: 4_000,
    })
    expect(report.story).toHaveLength(4)
    expect(report).toMatchObject({ failed: 0, unknown: 0 })
  })
})
