import { expect, it } from 'vitest'
import type { End } from '../test/memory-wire.ts'
import { helloOf, packetOf, packetsOf, RawPeer, words } from '../test/raw-peer.ts'
import { createWorld, makeFrame, settle, topic, topicSpec } from '../test/world.ts'
import { packet } from './wire/packets/packet.ts'

const { target, group } = topicSpec('billing')
/** Later than any other, so that its calls stand. */
const instance = '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'
const hello = packetOf(packet.hello, helloOf('billing', instance))
const interests = packetOf(packet.interest, { add: [{ id: 1, target, group, credit: 65_536 }], remove: [] })

/** Answers the pings that have come in, and says what else has. */
function answer(peer: RawPeer): readonly number[] {
  const packets = packetsOf(peer.take())
  for (const [kind, payload] of packets) {
    if (kind === packet.ping) peer.send(packetOf(packet.pong, payload.subarray(0, 4)))
  }
  return packets.map(([kind]) => kind)
}

it('keeps who listens while one link takes the place of another, however late the new one tells of it', async () => {
  const world = createWorld()
  const shop = await world.open('shop')
  const [location] = world.net.locations as [string]
  const once = { delivery: 'at-most-once' } as const

  const first = new RawPeer(world.net.dial(location))
  first.send(hello, interests)
  await settle()
  expect(await shop.publish(makeFrame('a', 1, once), topic)).toEqual({ evidence: 'sent', copies: 1 })
  await settle()
  expect(answer(first)).toContain(packet.message)

  // Both sides have called. What the peer wants has not come yet over the call that stands.
  const second = new RawPeer(world.net.dial(location))
  second.send(hello)
  await settle()
  expect(answer(first)).not.toContain(packet.bye)
  await settle()
  expect(answer(first)).not.toContain(packet.bye)
  const waiting = shop.publish(makeFrame('b', 2, once), topic)
  second.send(interests)
  await settle()
  expect(answer(second)).toContain(packet.message)
  expect(await waiting).toEqual({ evidence: 'sent', copies: 1 })

  await settle()
  expect(answer(first)).toContain(packet.bye)
  expect(shop.health().details.links).toBe(1)
  expect(world.faults).toEqual([])
})

/** A transport, and a peer of bytes that it knows and calls. */
async function createScene() {
  const world = createWorld()
  const shop = await world.open('shop')
  const [location] = world.net.locations as [string]
  const called: RawPeer[] = []
  const self = { namespace: 'test', agent: 'billing', instance }
  await world.net.driver(self).listen(
    connection => called.push(new RawPeer(connection as End)),
    () => undefined,
  )
  await world.clock.advance(200)
  await settle()
  return { world, shop, called, call: () => new RawPeer(world.net.dial(location)) }
}

it('expects those back who listened on a link that was replaced, where the new one breaks before it has told anything', async () => {
  const { world, shop, called, call } = await createScene()
  const [first] = called as [RawPeer]
  first.send(hello, interests)
  await settle()
  const second = call()
  second.send(hello)
  await settle()
  answer(first)
  await settle()
  second.cut()
  await settle()
  expect(answer(first)).toContain(packet.bye)
  const receipt = shop.publish(makeFrame('a', 1), topic)
  await world.clock.advance(100)
  await settle()
  const third = called[1] as RawPeer
  third.send(hello, interests)
  await settle()
  third.send(packetOf(packet.accept, words(1, 1)))
  expect(await receipt).toEqual({ evidence: 'accepted', copies: 1 })
})

it('does not call again while its call is being answered', async () => {
  const { world, shop, called, call } = await createScene()
  const other = call()
  other.send(hello)
  await settle()
  other.cut()
  await world.clock.advance(1_000)
  expect(called).toHaveLength(1)
  called[0]?.send(hello)
  await settle()
  expect(shop.health().details.links).toBe(1)
})
