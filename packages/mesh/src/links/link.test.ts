import { encodeFrame } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import {
  createRawLink,
  helloOf,
  instances,
  packetOf,
  packetsOf,
  peerHello,
  RecordingHost,
  words,
} from '../../test/raw-peer.ts'
import { createConsumer, makeFrame, settle, topicSpec } from '../../test/world.ts'
import { meshError } from '../errors.ts'
import { FrameCopy } from '../groups/frame-copy.ts'
import type { RemoteGroup } from '../groups/remote-group.ts'
import { mark, packet, untouched, wireMinor } from '../wire/packets/packet.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

/** The payload of a message. */
function message(interest: number, sequence: number, frame: Uint8Array, attempt = 1): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(interest, 0)
  head[2] = sequence > 0 ? mark.reliable : 0
  head[3] = attempt
  head.writeUInt32BE(sequence, 4)
  return Buffer.concat([head, frame])
}

const frameA = encodeFrame(makeFrame('a', 1))

describe('a handshake', () => {
  it('begins with a hello of each side, and then the interests', async () => {
    const host = new RecordingHost()
    host.consume(topicSpec('billing'), () => undefined)
    const { link, peer } = createRawLink(host)
    await settle()
    expect(JSON.parse(String(packetsOf(peer.take())[0]?.[1]))).toEqual(host.hello)
    expect(link.open).toBe(false)
    peer.send(peerHello)
    await settle()
    expect(link.open).toBe(true)
    expect(link.peer).toEqual(helloOf('shop', instances[1]))
    const [interests, ping] = packetsOf(peer.take())
    expect([interests?.[0], JSON.parse(String(interests?.[1])).add.length]).toEqual([packet.interest, 1])
    // Its clock is compared at once: how old its frames are depends on it.
    expect(ping).toEqual([packet.ping, words(0)])
  })

  it('with another major is refused with SM_MESH_VERSION, on both sides, and nothing else is read', async () => {
    const { host, peer } = createRawLink()
    const hello = { ...helloOf('shop', instances[1]), wire: { major: 2, minor: 0 }, instance: { nobody: 'knows' } }
    peer.send(packetOf(packet.hello, hello), packetOf(packet.message, message(1, 1, frameA)))
    await settle()
    expect(host.end).toEqual(code('SM_MESH_VERSION'))
    expect(String(host.end)).toContain('2.0')
    expect(String(host.end)).toContain(`1.${wireMinor}`)
    const [, refusal] = packetsOf(peer.take())
    expect(refusal?.[0]).toBe(packet.refuse)
    const other = createRawLink()
    other.peer.send(packetOf(packet.refuse, JSON.parse(String(refusal?.[1]))))
    await settle()
    expect(other.host.end).toEqual(code('SM_MESH_VERSION'))
    expect(other.host.end).not.toEqual(host.end)
    expect([host.told, other.host.told]).toEqual([['closed'], ['closed']])
  })

  it('with a newer minor is accepted, with what it does not know left unread', async () => {
    const { link, peer } = createRawLink()
    peer.send(packetOf(packet.hello, { ...helloOf('shop', instances[1]), wire: { major: 1, minor: 9 }, novelty: [1] }))
    await settle()
    expect(link.open).toBe(true)
  })

  it('is refused with the reason of the host', async () => {
    const host = new RecordingHost()
    host.refusal = meshError('SM_MESH_LIMIT', 'Enough')
    const { peer } = createRawLink(host)
    peer.send(peerHello)
    await settle()
    expect(host.end).toEqual(code('SM_MESH_LIMIT'))
    const [, [kind, payload] = [0, Buffer.alloc(0)]] = packetsOf(peer.take())
    expect([kind, JSON.parse(String(payload)).code]).toEqual([packet.refuse, 'SM_MESH_LIMIT'])
    expect(peer.closed).toBe(true)
  })

  it.each([
    ['text', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['zeros', Buffer.alloc(64)],
    ['a hello that is not JSON', packetOf(packet.hello, Buffer.from('{'))],
    ['a packet above the limit of hellos', packetOf(packet.hello, Buffer.alloc(16_385))],
    ['a message', packetOf(packet.message, message(1, 1, frameA))],
    ['nothing but a kind that is not there', packetOf(99)],
  ])('that is %s ends the link with SM_MESH_PROTOCOL', async (_, bytes) => {
    const { host, peer } = createRawLink()
    peer.send(bytes)
    await settle()
    expect(host.end).toEqual(code('SM_MESH_PROTOCOL'))
    expect(packetsOf(peer.take()).at(-1)?.[0]).toBe(packet.refuse)
    expect(peer.closed).toBe(true)
  })

  it('that takes too long ends with SM_MESH_HANDSHAKE', async () => {
    const { host, peer } = createRawLink(new RecordingHost({ handshakeMs: 300 }))
    peer.send(peerHello.subarray(0, 40))
    await host.clock.advance(299)
    expect(host.end).toBeUndefined()
    await host.clock.advance(1)
    expect(host.end).toEqual(code('SM_MESH_HANDSHAKE'))
    expect(host.clock.pending).toBe(0)
  })
})

async function openLink(host = new RecordingHost()) {
  const raw = createRawLink(host)
  raw.peer.send(peerHello)
  await settle()
  raw.peer.take()
  return raw
}

describe('an open link', () => {
  it('tells in one packet that frames have come and are done', async () => {
    const host = new RecordingHost()
    const { id } = host.consume(topicSpec('billing'), delivery => delivery.ack())
    const { peer } = await openLink(host)
    peer.send(...[1, 2, 3].map(sequence => packetOf(packet.message, message(id, sequence, frameA))))
    await settle()
    expect(packetsOf(peer.take())).toEqual([[packet.settle, words(1, 3)]])
  })

  it('says that a frame was taken before it gives it back, and nothing of one that nobody takes', async () => {
    const host = new RecordingHost()
    const { id } = host.consume(topicSpec('billing'), delivery => delivery.nack({ delayMs: 50 }))
    const { peer } = await openLink(host)
    peer.send(packetOf(packet.message, message(id, 1, frameA)), packetOf(packet.message, message(9, 2, frameA)))
    await settle()
    expect(packetsOf(peer.take())).toEqual([
      [packet.accept, words(1, 1)],
      [packet.nack, words(1, 50)],
      [packet.nack, words(2, untouched)],
    ])
  })

  it('does not send a frame that the peer would not take: the peer would end the link over it', async () => {
    const { link, peer, host } = createRawLink()
    peer.send(packetOf(packet.hello, { ...helloOf('shop', instances[1]), maxFrameBytes: 20 }))
    await settle()
    peer.take()
    const failures: unknown[] = []
    const awaiting = {
      accepted: () => {},
      missed: () => {},
      recall: () => undefined,
      watch: () => {},
      failed: (error: unknown) => failures.push(error),
    }
    const group = { hold() {}, release() {} } as unknown as RemoteGroup
    expect(link.send(1, new FrameCopy(makeFrame('a', 1), group, awaiting))).toBe(0)
    await settle()
    expect(packetsOf(peer.take())).toEqual([])
    expect(failures).toMatchObject([{ code: 'SM_FRAME_TOO_LARGE', details: { outcome: 'failed' } }])
    expect(host.faults).toHaveLength(1)
    expect(link.open).toBe(true)
  })

  it('settles a frame that nobody can read, counts it, and gives its credit back', async () => {
    const host = new RecordingHost({ windowBytes: 400 })
    const consumer = createConsumer()
    const { id } = host.consume(topicSpec('billing'), consumer.take)
    const { peer } = await openLink(host)
    for (let sequence = 1; sequence <= 20; sequence++) {
      peer.send(packetOf(packet.message, message(id, sequence, Buffer.from('nonsense'))))
      await settle(5)
    }
    peer.send(packetOf(packet.message, message(id, 21, frameA)))
    await settle()
    expect(host.faults).toHaveLength(20)
    expect(host.faults[0]).toEqual(code('SM_CODEC_MALFORMED'))
    expect(consumer.ids).toEqual(['a'])
    expect(host.end).toBeUndefined()
  })

  it('ends when a peer sends more than it was granted', async () => {
    const host = new RecordingHost({ windowBytes: 200 })
    const { id } = host.consume(topicSpec('billing', 1), () => undefined)
    const { peer } = await openLink(host)
    for (let sequence = 1; sequence <= 9; sequence++) peer.send(packetOf(packet.message, message(id, sequence, frameA)))
    await settle()
    expect(host.end).toEqual(code('SM_MESH_PROTOCOL'))
  })

  it('answers a ping with its number and the time', async () => {
    const { host, peer } = await openLink()
    peer.send(packetOf(packet.ping, words(0xffff_fffe)))
    await settle()
    const time = host.clock.now()
    expect(packetsOf(peer.take())).toEqual([[packet.pong, words(0xffff_fffe, Math.floor(time / 2 ** 32), time)]])
  })

  it('measures the way there and back, and how far the clock of the peer is off', async () => {
    const host = new RecordingHost({ heartbeatMs: 100, deadAfterMs: 350 })
    const { link, peer } = await openLink(host)
    expect(link.roundTrip).toBeUndefined()
    const answerAfter = async (ms: number, aheadMs: number) => {
      await host.clock.advance(ms)
      const time = host.clock.now() - ms / 2 + aheadMs
      peer.send(packetOf(packet.pong, words(0, Math.floor(time / 2 ** 32), time)))
      await settle()
    }
    await answerAfter(30, 5_000)
    expect(link.roundTrip).toEqual({ rttMs: 30, clockOffsetMs: 5_000 })
    await host.clock.advance(170)
    await answerAfter(10, 5_004)
    await host.clock.advance(190)
    await answerAfter(50, 5_100)
    // A round trip that took longer waited somewhere: it says less.
    expect(link.roundTrip).toEqual({ rttMs: 10, clockOffsetMs: 5_004 })
    // A peer that does not tell its time is measured all the same, and answers that nobody asked for say nothing.
    await host.clock.advance(150)
    peer.send(packetOf(packet.pong, words(0)))
    peer.send(packetOf(packet.pong, words(0)))
    await settle()
    expect(link.roundTrip).toMatchObject({ rttMs: 0, clockOffsetMs: undefined })
  })

  it('measures also a link that is never silent', async () => {
    const host = new RecordingHost({ heartbeatMs: 100, deadAfterMs: 350 })
    const { peer } = await openLink(host)
    const pings: number[] = []
    for (let ms = 0; ms < 2_500; ms += 50) {
      await host.clock.advance(50)
      peer.send(packetOf(packet.pong, words(0)))
      await settle()
      if (packetsOf(peer.take()).some(([kind]) => kind === packet.ping)) pings.push(ms + 50)
    }
    expect(pings).toEqual([1_100, 2_100])
  })

  it('asks a silent peer, once per beat, and gives it up in the end', async () => {
    const host = new RecordingHost({ heartbeatMs: 100, deadAfterMs: 350 })
    const { peer } = await openLink(host)
    await host.clock.advance(310)
    expect(packetsOf(peer.take()).map(([kind]) => kind)).toEqual([packet.ping, packet.ping, packet.ping])
    peer.send(packetOf(packet.pong, words(0)))
    await host.clock.advance(290)
    expect(host.end).toBeUndefined()
    await host.clock.advance(200)
    expect(host.end).toEqual(code('SM_MESH_SILENT'))
    expect(host.clock.pending).toBe(0)
  })

  it('passes a barrier when its answer comes, and at the end', async () => {
    const { link, peer } = await openLink()
    const passed: number[] = []
    for (const n of [1, 2]) void link.barrier().then(() => passed.push(n))
    await settle()
    const pings = packetsOf(peer.take())
    peer.send(packetOf(packet.pong, pings[0]?.[1] as Buffer))
    await settle()
    expect(passed).toEqual([1])
    peer.cut()
    await settle()
    expect(passed).toEqual([1, 2])
    await link.barrier()
  })

  it('ends without an error when the peer says goodbye', async () => {
    const { host, peer } = await openLink()
    peer.send(packetOf(packet.bye))
    await settle()
    expect(host.end).toBe('bye')
    expect(peer.closed).toBe(true)
    expect(host.clock.pending).toBe(0)
  })

  it('ends with SM_MESH_LINK_LOST when the peer goes without one', async () => {
    const { host, peer } = await openLink()
    peer.destroy()
    await settle()
    expect(host.end).toEqual(code('SM_MESH_LINK_LOST'))
  })
})
