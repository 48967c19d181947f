import assert from 'node:assert/strict'
import type { DeliveryLevel, Frame } from '@sm/core/transport'
import type { ConformanceCase, Need } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { eachOnce, sameFrames } from '../expectations.ts'
import type { Listener } from '../listener.ts'
import { fanOut, groups, receives } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const address = topic('one.two.three')

/** Small, so that frames queue; but what is sent at most once may be dropped where there is no room. */
const prefetch = { 'at-least-once': 8, 'at-most-once': 512 } as const

/** Publishes without a wait between two frames, so that many are under way at once. */
async function burst(env: Environment, producer: TestPeer, count: number, delivery: DeliveryLevel): Promise<Frame[]> {
  const frames = Array.from({ length: count }, (_, i) => producer.frame(address, i, { delivery }))
  await env.within('a burst is published', Promise.all(frames.map(frame => producer.publish(frame, address))))
  return frames
}

/** The frames of one sender, each where it came first: how often it came is another rule. */
const ofSender = ({ headers }: Listener, { agent, instance }: TestPeer) => [
  ...new Set(headers.filter(({ from }) => from === `${agent}/${instance}`).map(({ id }) => id)),
]

/** Several senders at once, several groups that listen: each gets all of each sender, in order if `ordered`. */
async function senders(env: Environment, names: readonly string[], listeners: number, ordered: boolean): Promise<void> {
  const peers = await Promise.all(names.map(name => env.peer(name)))
  const consumers = await Promise.all(Array.from({ length: listeners }, (_, i) => env.peer(`consumer-${i}`)))
  for (const delivery of env.levels) {
    const groups: Listener[] = []
    for (const consumer of consumers) {
      groups.push(await consumer.listen('one.two.three', { prefetch: prefetch[delivery] }))
    }
    const sent = await Promise.all(
      peers.map(async peer => {
        const paced = []
        for (let i = 0; i < 30; i++) paced.push(await peer.send(address, i, { delivery }))
        return [...paced, ...(await burst(env, peer, 100, delivery))]
      }),
    )
    for (const group of groups) await group.got(sent.flat())
    for (const group of groups) {
      for (const [i, peer] of peers.entries()) {
        if (ordered) sameFrames(ofSender(group, peer), sent[i] as Frame[], `Frames ${delivery} came out of order`)
      }
      await group.close()
    }
  }
}

const idsOf = (members: readonly Listener[]) => members.flatMap(({ ids }) => ids)

/** Frames of many keys, to a group of three. */
async function keyed(env: Environment) {
  const [producer, ...peers] = await env.peers('producer', 'member', 'member', 'member')
  const members: Listener[] = []
  for (const peer of peers) members.push(await peer.listen('one.two.three'))
  const sent: Frame[] = []
  for (let i = 0; i < 60; i++) sent.push(await producer.send(address, i, { key: `key ${i % 20}` }))
  await env.eventually('each frame arrives', () => idsOf(members).length >= sent.length)
  await env.silence(producer, [address, ...members])
  return { members, sent }
}

/** Keys are kept together; where they are not, each frame of one still arrives once. */
const keyAffinity: Need = {
  unmet: ({ capabilities }) => (capabilities.keyAffinity ? undefined : 'it does not keep keys together'),
  async otherwise(env) {
    const { members, sent } = await keyed(env)
    eachOnce(idsOf(members), sent, 'A frame with a key did not arrive exactly once')
  },
}

/** Order is declared; where it is not, all arrive. */
const inOrder = (otherwise: Need['otherwise']): Need => ({
  unmet: ({ capabilities: { ordering } }) => (ordering === 'none' ? 'it declares no order' : undefined),
  otherwise,
})

/** In what order frames arrive, and how often. */
export const order: readonly ConformanceCase[] = [
  {
    id: 'ORD-01',
    title: 'Frames of one sender arrive in the order of their publishing; where no order is declared, all arrive.',
    needs: [receives, inOrder(env => senders(env, ['sender'], 1, false))],
    run: env => senders(env, ['sender'], 1, true),
  },
  {
    id: 'ORD-02',
    title: 'Frames of several senders arrive in the order of each.',
    needs: [receives, inOrder(env => senders(env, ['sender', 'sender', 'another'], 1, false))],
    run: env => senders(env, ['sender', 'sender', 'another'], 1, true),
  },
  {
    id: 'ORD-03',
    title: 'Without faults no frame arrives twice.',
    needs: [receives],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const onTopic = await consumer.listen('one.two.three', { prefetch: 512 })
      const inInbox = await consumer.listen(consumer.inbox, { prefetch: 512 })
      const frames: Frame[] = []
      const letters: Frame[] = []
      for (const delivery of env.levels) {
        frames.push(...(await burst(env, producer, 100, delivery)))
        letters.push(...(await producer.sendMany(50, consumer.inbox, { delivery })))
      }
      await onTopic.got(frames)
      await inInbox.got(letters)
      await env.silence(producer, [address, onTopic], [consumer.inbox, inInbox])
      eachOnce(onTopic.ids, frames, 'A frame on a topic did not arrive exactly once')
      eachOnce(inInbox.ids, letters, 'A frame to an inbox did not arrive exactly once')
      for (const { attempt } of [...onTopic.deliveries, ...inInbox.deliveries]) assert.equal(attempt, 1)
    },
  },
  {
    id: 'ORD-04',
    title: 'Each group of a topic sees the order of the sender.',
    needs: [receives, fanOut, inOrder(env => senders(env, ['sender'], 3, false))],
    run: env => senders(env, ['sender'], 3, true),
  },
  {
    id: 'ORD-05',
    title: 'Frames with one key go to one member of a group while its members stay the same, where that is declared.',
    atEachLevel: true,
    needs: [receives, groups, keyAffinity],
    async run(env) {
      const { members, sent } = await keyed(env)
      const keysOf = ({ headers }: Listener) => new Set(headers.map(({ key }) => key))
      const places = members.flatMap(member => [...keysOf(member)])
      assert.equal(places.length, new Set(places).size, 'A key went to more than one member')
      eachOnce(idsOf(members), sent, 'A frame with a key did not arrive exactly once')
      assert.ok(members.filter(({ ids }) => ids.length > 0).length > 1, 'One member got every key')
    },
  },
]
