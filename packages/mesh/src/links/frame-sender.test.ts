import { type Frame, frameBytes } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { createRawLink, helloOf, instances, packetOf, packetsOf, RecordingHost } from '../../test/raw-peer.ts'
import { createConsumer, createWorld, makeFrame, settle } from '../../test/world.ts'
import { FrameCopy } from '../groups/frame-copy.ts'
import type { RemoteGroup } from '../groups/remote-group.ts'
import { costOf, mark, messageHead, packet } from '../wire/packets/packet.ts'

const idOf = (n: number) => `01JD${String(n).padStart(22, '0')}`
const group = { hold: () => undefined, release: () => undefined } as RemoteGroup

/** A link to a peer of bytes that has said who it is, and what it writes to it. */
async function createLink(attributes: object) {
  const { link, host, peer } = createRawLink(new RecordingHost())
  peer.send(packetOf(packet.hello, { ...helloOf('shop', instances[1]), ...attributes }))
  await settle()
  peer.take()
  const send = async (frame: Frame) => {
    const cost = link.send(1, new FrameCopy(frame, group, undefined))
    await settle()
    const packets = packetsOf(peer.take())
    return { cost, packets, last: packets.at(-1)?.[1] ?? Buffer.alloc(0) }
  }
  return { host, link, send }
}

describe('frames to a peer', () => {
  const frame = (n: number, payload = 'x') => makeFrame(idOf(n), payload, { time: n })

  it('that reads headers by number go so from the second on, and cost what they are on the wire', async () => {
    const { send } = await createLink({ packed: true })
    const sent = [await send(frame(1)), await send(frame(2)), await send(frame(3))]
    const { header, message } = packet
    expect(sent.map(({ packets }) => packets.map(([kind]) => kind))).toEqual([[message], [header, message], [message]])
    for (const { cost, last } of sent) expect(cost).toBe(costOf(last.length - messageHead))
    const all = mark.reliable | mark.packed | mark.known
    expect(sent.map(({ last }) => last[2])).toEqual([mark.reliable | mark.packed, all, all])
  })

  it('that does not go whole', async () => {
    const { send } = await createLink({ packed: false })
    for (const n of [1, 2, 3]) {
      const { cost, packets } = await send(frame(n))
      expect(packets.map(([kind, payload]) => [kind, payload[2]])).toEqual([[packet.message, mark.reliable]])
      expect(cost).toBe(costOf(frameBytes(frame(n))))
    }
  })

  it('that takes only smaller ones are not sent, whatever it knows of their headers', async () => {
    const { host, link, send } = await createLink({ packed: true, maxFrameBytes: 6_000 })
    for (const n of [1, 2]) await send(frame(n))
    expect(await send(frame(3, 'x'.repeat(6_000)))).toMatchObject({ cost: 0, packets: [] })
    expect(host.faults).toEqual([expect.objectContaining({ code: 'SM_FRAME_TOO_LARGE' })])
    expect(link.unsettled).toBe(2)
    expect((await send(frame(4, 'x'.repeat(5_900)))).packets).toHaveLength(1)
  })
})

it('frames with known headers, others and large ones arrive as they were, in order, within the credit', async () => {
  const world = createWorld()
  const shop = await world.open('shop')
  const billing = await world.open('billing', { windowBytes: 4_096 })
  const consumer = createConsumer()
  const target = { kind: 'inbox', agent: 'billing', instance: undefined } as const
  await billing.subscribe({ target, group: 'billing', prefetch: 4, durable: false }, consumer.take).ready
  await settle()
  world.net.faults.pieceBytes = 997
  const kinds = [{}, {}, { delivery: 'at-most-once' }, { type: 'order.paid', expiresAt: 9 }, { key: 'k' }]
  const frames = Array.from({ length: 600 }, (_, n) => {
    const payload = n % 50 === 9 ? 'x'.repeat(100_000) : { n, text: 'é'.repeat(n % 40) }
    const to = n < 300 ? 'billing' : `billing/${idOf(1)}`
    // Runs of one kind, and single ones.
    return makeFrame(n % 17 === 0 ? `odd ${n}` : idOf(n), payload, { time: n, to, ...kinds[(n >> (n % 3)) % 5] })
  })
  await Promise.all(frames.map(frame => shop.publish(frame, target)))
  await settle(200)
  expect(world.faults).toEqual([])
  expect(consumer.ids).toEqual(frames.map(({ header }) => header.id))
  expect(consumer.deliveries.map(({ frame }) => frame.header)).toEqual(frames.map(({ header }) => header))
  expect(consumer.deliveries.map(({ frame }) => frame.body.value())).toEqual(frames.map(({ body }) => body.value()))
  expect(shop.health().details).toMatchObject({ waiting: 0 })
})
