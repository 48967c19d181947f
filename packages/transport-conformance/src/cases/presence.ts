import assert from 'node:assert/strict'
import { isSmError } from '@sm/core/transport'
import type { ConformanceCase } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { receives } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

/** Publishes to an inbox again and again, until that is refused. Resolves to the code. */
async function refusedAtLast(env: Environment, sender: TestPeer, { inbox }: TestPeer): Promise<string> {
  let code: string | undefined
  let isUnderWay = false
  const onError = (error: unknown) => {
    code = isSmError(error) ? error.code : `an error without a code (${error})`
  }
  await env.eventually('a frame to who is gone is refused', () => {
    if (code === undefined && !isUnderWay) {
      isUnderWay = true
      const frame = sender.frame(inbox, null, { delivery: 'at-most-once' })
      void sender.publish(frame, inbox).then(() => {
        isUnderWay = false
      }, onError)
    }
    return code !== undefined
  })
  return code as unknown as string
}

/** The peers that are there, that have come, and that have gone. */
export const presence: readonly ConformanceCase[] = [
  {
    id: 'PEER-01',
    title: 'A start knows who is there: what is published right after it reaches who was subscribed before.',
    atEachLevel: true,
    needs: [receives],
    async run(env) {
      const consumer = await env.peer('consumer')
      const inbox = await consumer.listen(consumer.inbox)
      const group = await consumer.listen('there.before')
      for (let i = 0; i < 3; i++) {
        const latecomer = await env.peer('latecomer')
        const [letter, frame] = await Promise.all([
          latecomer.send(consumer.inbox),
          latecomer.send(topic('there.before')),
        ])
        await inbox.got([letter])
        await group.got([frame])
      }
    },
  },
  {
    id: 'PEER-02',
    title:
      'Who has stopped or died is gone: its inbox is named no more, and a frame to it at most once is refused with SM_ROUTE_NONE.',
    needs: [receives],
    async run(env) {
      const producer = await env.peer('producer')
      const changes = new Map<string, 'joined' | 'left'>()
      producer.transport.on('peer', ({ change, peer }) => changes.set(peer.instance, change))
      const ends = [
        ['stopped', (peer: TestPeer) => peer.stop()],
        ['killed', (peer: TestPeer) => env.kill(peer)],
      ] as const
      for (const [name, end] of ends) {
        const peer = await env.peer(name)
        const listener = await peer.listen(peer.inbox)
        await listener.got([await producer.send(peer.inbox)])
        const routes = () => producer.transport.routes(peer.inbox)
        await env.eventually('who is there is named', () => routes().length > 0)
        await end(peer)
        // A route that only a broker knows is not said to be known.
        const named = () => routes().some(({ via }) => via !== 'broker')
        await env.eventually(`who was ${name} is named no more`, () => !named())
        const told = () => changes.get(peer.instance) !== 'joined'
        await env.eventually(`an event tells that who was ${name} has left`, told)
        if (!env.levels.includes('at-most-once')) continue
        const code = await refusedAtLast(env, producer, peer)
        assert.equal(code, 'SM_ROUTE_NONE', `A frame to who was ${name} was refused with ${code}`)
      }
    },
  },
]
