import assert from 'node:assert/strict'
import type { CloseOptions, Delivery, Frame } from '@sm/core/transport'
import type { ConformanceCase } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { eachOnce, sameFrames } from '../expectations.ts'
import type { Listener } from '../listener.ts'
import { atLeastOnce, groups, receives } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const address = topic('last.work')

/** The two ways to end: one subscription, or the whole transport. */
const ways = [
  (_: TestPeer, listener: Listener, options: CloseOptions) => listener.closing(options),
  (peer: TestPeer, _: Listener, options: CloseOptions) => peer.transport.stop(options),
] as const

/** Whether a promise has settled yet. */
function watch(promise: Promise<unknown>): () => boolean {
  let settled = false
  const done = () => {
    settled = true
  }
  promise.then(done, done)
  return () => settled
}

/** A peer with a subscription that holds what it gets, and has got so many frames. */
async function holding(env: Environment, producer: TestPeer, frames: number) {
  const peer = await env.peer('member')
  const listener = await peer.listen('last.work', { onDelivery: 'hold' })
  const sent = await producer.sendMany(frames, address)
  await listener.got(sent)
  return { peer, listener, sent }
}

const ackAll = ({ deliveries }: Listener) => {
  for (const delivery of [...deliveries]) delivery.ack()
}

/** How a consumer ends. */
export const shutdown: readonly ConformanceCase[] = [
  {
    id: 'SHUT-01',
    title: 'A draining close waits until what was delivered is settled.',
    needs: [receives],
    async run(env) {
      const producer = await env.peer('producer')
      for (const end of ways) {
        const { peer, listener } = await holding(env, producer, 2)
        const closing = end(peer, listener, { drain: true })
        const closed = watch(closing)
        await env.quiet(closed)
        assert.ok(!closed(), 'It closed while two deliveries were unsettled')
        listener.deliveries[0]?.ack()
        await env.quiet(closed)
        assert.ok(!closed(), 'It closed while a delivery was unsettled')
        listener.deliveries[1]?.ack()
        await env.within('the drain ends once all is settled', closing)
      }
    },
  },
  {
    id: 'SHUT-02',
    title: 'A draining close takes on nothing new.',
    needs: [receives, groups],
    async run(env) {
      const [producer, second] = await env.peers('producer', 'member')
      const { listener, sent } = await holding(env, producer, 1)
      const other = await second.listen('last.work')
      const closing = listener.closing({ drain: true })
      const after = await producer.sendMany(10, address)
      // Without a promise that frames are kept, those on their way to the one that drains may be lost.
      if (env.level === 'at-least-once') await other.got(after)
      await env.silence(producer, [address, other])
      sameFrames(listener.ids, sent, 'A consumer that drains took on another frame')
      ackAll(listener)
      await env.within('the drain ends once all is settled', closing)
    },
  },
  {
    id: 'SHUT-03',
    title: 'What was accepted at least once before a draining close is handled, here or by another member.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const producer = await env.peer('producer')
      const slowly = (delivery: Delivery) => void setTimeout(() => delivery.ack(), 1)
      for (const end of ways) {
        for (const names of [['member'], ['member', 'member']]) {
          const peers = await Promise.all(names.map(name => env.peer(name)))
          const members: Listener[] = []
          for (const peer of peers) members.push(await peer.listen('last.work', { prefetch: 2, onDelivery: 'hold' }))
          const [peer, member] = [peers[0] as TestPeer, members[0] as Listener]
          // Nothing is settled yet, so most of what is accepted waits; a publish that finds no room is not accepted.
          const accepted: Frame[] = []
          for (let i = 0; i < 30; i++) {
            const frame = producer.frame(address, i, { delivery: 'at-least-once' })
            const accept = () => void accepted.push(frame)
            producer.publish(frame, address).then(accept, () => undefined)
          }
          await member.got(1)
          await env.quiet()
          const owed = [...accepted]
          const closing = end(peer, member, { drain: true })
          // Deliveries that are held are not settled yet when it looks whether there is another member.
          await env.quiet()
          for (const { deliveries } of members) for (const held of deliveries) slowly(held)
          for (const each of members) each.onDelivery = slowly
          await env.within('the drain ends', closing)
          const handled = () => new Set(members.flatMap(({ ids }) => ids))
          const lost = () => owed.filter(({ header }) => !handled().has(header.id)).length
          await env.eventually(
            () => `what was accepted is handled (${lost()} of ${owed.length} frames are not)`,
            () => lost() === 0,
          )
          await Promise.all(members.map(other => other.close({ drain: true })))
        }
      }
    },
  },
  {
    id: 'SHUT-04',
    title: 'A close without drain hands back what is unsettled, and later settling of it is ignored.',
    needs: [receives, atLeastOnce, groups],
    async run(env) {
      const producer = await env.peer('producer')
      for (const end of ways) {
        const { peer, listener, sent } = await holding(env, producer, 3)
        const second = await env.peer('member')
        const heir = await second.listen('last.work', { onDelivery: 'hold' })
        await env.within('a close without drain ends', end(peer, listener, { drain: false }))
        await heir.got(sent)
        ackAll(listener)
        // Were the late acks heard, a nack of the heir would come to nothing.
        await env.quiet()
        const again = heir.deliveries.length
        heir.onDelivery = 'ack'
        for (const delivery of [...heir.deliveries]) delivery.nack()
        const back = () => (env.repeatsRedelivered ? [...new Set(heir.ids.slice(again))] : heir.ids.slice(again))
        await env.eventually(
          () => `what was nacked comes back (${back().length} of ${sent.length} did)`,
          () => back().length >= sent.length,
        )
        eachOnce(back(), sent, 'Late settling of what was handed back was heard')
        await heir.close()
      }
    },
  },
  {
    id: 'SHUT-05',
    title: 'A drain ends when its signal aborts.',
    needs: [receives],
    async run(env) {
      const producer = await env.peer('producer')
      for (const end of ways) {
        const { peer, listener, sent } = await holding(env, producer, 2)
        const signal = new AbortController()
        const closing = end(peer, listener, { drain: true, signal: signal.signal })
        await env.quiet()
        signal.abort()
        await env.within('a drain whose signal has aborted ends', closing)
        if (env.level !== 'at-least-once' || !env.capabilities.groups) continue
        // The rest is handed back.
        const second = await env.peer('member')
        const heir = await second.listen('last.work')
        await heir.got(sent)
        await heir.close()
      }
    },
  },
  {
    id: 'SHUT-06',
    title: 'After stop() nothing is delivered any more.',
    needs: [receives],
    async run(env) {
      const [producer, peer, other] = await env.peers('producer', 'stopping', 'other')
      const listener = await peer.listen('last.work', { prefetch: 1, onDelivery: 'hold' })
      const open = await other.listen('last.work')
      producer.post(5, address)
      await listener.got(1)
      await peer.stop({ drain: false })
      const before = listener.deliveries.length + listener.markers.size
      listener.onDelivery = 'ack'
      ackAll(listener)
      await producer.sendMany(3, address)
      await env.silence(producer, [address, open])
      assert.equal(listener.deliveries.length + listener.markers.size, before, 'A delivery was made after stop()')
    },
  },
]
