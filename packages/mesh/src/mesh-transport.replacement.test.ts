import { expect, it } from 'vitest'
import { helloOf, instances, packetOf, packetsOf, RawPeer } from '../test/raw-peer.ts'
import { createWorld, makeFrame, settle, topic, topicSpec } from '../test/world.ts'
import { packet } from './wire/packets/packet.ts'

const { target, group } = topicSpec('billing')
const hello = packetOf(packet.hello, helloOf('billing', instances[1]))
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
