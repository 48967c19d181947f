import assert from 'node:assert/strict'
import type { Capabilities } from '@sm/core/transport'
import type { ConformanceCase, Need } from '../conformance-case.ts'
import { receives, refusesLevel, refusesToSubscribe } from '../needs.ts'
import { topic } from '../test-peer.ts'

const evidence = ['sent', 'accepted', 'persisted', 'handled']
const flags = ['durable', 'fanOut', 'groups', 'wildcards', 'expiry', 'delay', 'encrypted', 'deadLetters', 'publishOnly']

function complete(capabilities: Capabilities): void {
  const { reach, delivery, ordering, maxFrameBytes } = capabilities
  assert.ok(['process', 'machine', 'lan', 'wan'].includes(reach), `reach is ${reach}`)
  assert.ok(['per-sender', 'none'].includes(ordering), `ordering is ${ordering}`)
  assert.ok(typeof maxFrameBytes === 'number' && maxFrameBytes > 0, `maxFrameBytes is ${maxFrameBytes}`)
  const levels = Object.entries(delivery).filter(([, proof]) => proof !== undefined)
  assert.ok(levels.length > 0, 'It offers no delivery level')
  for (const [level, proof] of levels) {
    assert.ok(['at-most-once', 'at-least-once'].includes(level), `It offers the unknown delivery level ${level}`)
    assert.ok(evidence.includes(proof), `It offers ${level} with the evidence ${proof}`)
  }
  for (const flag of flags) {
    assert.equal(typeof capabilities[flag as keyof Capabilities], 'boolean', `${flag} is neither true nor false`)
  }
}

const lacksLevel: Need = {
  unmet: ({ capabilities: { delivery } }) =>
    Object.values(delivery).filter(proof => proof !== undefined).length === 2 ? 'it offers every level' : undefined,
  async otherwise(env) {
    const producer = await env.peer('producer')
    for (const delivery of env.levels) await producer.send(topic('level.offered'), null, { delivery })
  },
}

const durable: Need = {
  unmet: ({ capabilities }) => (capabilities.durable ? undefined : 'it is not durable'),
  otherwise: env => refusesToSubscribe(env, 'not.durable', { durable: true }),
}

/** The capabilities of a transport are true. */
export const capabilities: readonly ConformanceCase[] = [
  {
    id: 'CAP-01',
    title: 'Capabilities are complete, and do not change once the transport is ready.',
    async run(env) {
      const peer = await env.peer('honest')
      const atStart = structuredClone(peer.transport.capabilities)
      complete(atStart)
      if (!atStart.publishOnly) await peer.listen('any.topic')
      await peer.send(topic('any.topic'))
      assert.deepEqual(structuredClone(peer.transport.capabilities), atStart, 'Capabilities changed with use')
      await peer.stop()
      assert.deepEqual(structuredClone(peer.transport.capabilities), atStart, 'Capabilities changed with the stop')
    },
  },
  {
    id: 'CAP-02',
    title: 'A publish at a delivery level that is not offered is refused with SM_CAPABILITY_MISSING.',
    needs: [lacksLevel],
    async run(env) {
      const missing = (['at-most-once', 'at-least-once'] as const).filter(level => !env.levels.includes(level))
      for (const delivery of missing) await refusesLevel(env, delivery)
    },
  },
  {
    id: 'CAP-03',
    title:
      'A durable subscription keeps frames while its members are away; a transport that is not durable refuses it with SM_CAPABILITY_MISSING.',
    needs: [receives, durable],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const first = await consumer.listen('kept.topic', { durable: true })
      const inbox = await consumer.listen(consumer.inbox, { durable: true })
      await first.got([await producer.send(topic('kept.topic'))])
      await Promise.all([first.close(), inbox.close()])
      await consumer.stop()

      const away = [await producer.send(topic('kept.topic')), await producer.send(consumer.inbox)] as const
      const back = await env.peer('consumer')
      await (await back.listen('kept.topic', { durable: true })).got([away[0]])
      await (await back.listen(back.inbox, { durable: true })).got([away[1]])
    },
  },
  {
    id: 'CAP-04',
    title:
      'A receipt gives the evidence that the capabilities declare for its level, or none when nobody is subscribed.',
    async run(env) {
      const producer = await env.peer('producer')
      const publish = (type: string, delivery: (typeof env.levels)[number]) =>
        env.within('a publish resolves', producer.publish(producer.frame(topic(type), null, { delivery }), topic(type)))
      for (const delivery of env.levels) {
        const { evidence } = await publish('nobody.listens', delivery)
        assert.ok(
          ['none', env.capabilities.delivery[delivery]].includes(evidence),
          `A publish to nobody gave the evidence ${evidence}`,
        )
      }
      if (env.capabilities.publishOnly) return
      const consumer = await env.peer('consumer')
      await consumer.listen('somebody.listens')
      for (const delivery of env.levels) {
        const { evidence, copies } = await publish('somebody.listens', delivery)
        assert.equal(evidence, env.capabilities.delivery[delivery])
        assert.ok(copies === undefined || copies === 1, `One group got ${copies} copies`)
      }
    },
  },
]
