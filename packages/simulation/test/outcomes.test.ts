import { defineMessage, unchecked } from '@sm/core'
import { smError } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { brokerWire } from '../src/broker/broker-wire.ts'
import { simulate } from '../src/simulate.ts'
import { misbehaving } from './misbehaving.ts'

const Job = defineMessage('job', { schema: unchecked<number>() })
const options = { presence: { refusing: false } }
const failing = (outcome: 'failed' | 'unknown') =>
  smError('SM_PUBLISH_FAILED', 'The wire broke', { details: { outcome } })

it('a publish that one wire may have delivered, and that the next one refuses, is unknown', async () => {
  const perhaps = misbehaving(brokerWire({ rank: 1 }), {
    publish:
      publish =>
      async (...given) => {
        await publish(...given)
        throw failing('unknown')
      },
  })
  const refusing = misbehaving(brokerWire({ rank: 2 }), { publish: () => () => Promise.reject(failing('failed')) })
  const { history } = await simulate({
    // Nobody can say on the wire that refuses everything that it is there.
    ...{ seed: 1, faults: false, durationMs: 10_000, wires: { perhaps, refusing } },
    agents: [
      { id: 'worker', options, run: ({ agent }) => agent.subscribe(Job, () => undefined) },
      {
        ...{ id: 'sender', options },
        run: async ({ agent, sleep }) => {
          await sleep(2_000)
          await agent.publish(Job, 1, { to: 'worker' }).catch(() => undefined)
        },
      },
    ],
  })
  expect(history.publishes.map(({ outcome }) => outcome)).toEqual(['unknown'])
  expect(history.handlings).toHaveLength(1)
})
