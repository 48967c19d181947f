import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packetOf, packetsOf } from '../../../test/raw-peer.ts'
import { maxHelloBytes, maxPacketBytes } from './packet.ts'
import { PacketReader } from './packet-reader.ts'

const malformed = expect.objectContaining({ code: 'SM_MESH_PROTOCOL' })

function createReader() {
  const packets: Array<readonly [number, Buffer]> = []
  const reader = new PacketReader((kind, payload) => packets.push([kind, payload]))
  return { reader, packets }
}

const three = Buffer.concat([packetOf(1, Buffer.from('hello')), packetOf(13), packetOf(5, Buffer.alloc(300, 7))])

describe('a packet reader', () => {
  it('cuts a stream the same way wherever it was split', () => {
    for (let at = 0; at <= three.length; at++) {
      const { reader, packets } = createReader()
      reader.read(three.subarray(0, at))
      reader.read(three.subarray(at))
      expect(packets).toEqual(packetsOf(three))
    }
  })

  it('cuts a stream that comes byte by byte', () => {
    const { reader, packets } = createReader()
    for (const byte of three) reader.read(Buffer.from([byte]))
    expect(packets).toEqual(packetsOf(three))
  })

  it('cuts any stream, in any pieces', () => {
    const kinds = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 200 }))
    fc.assert(
      fc.property(fc.array(kinds), fc.array(fc.integer({ min: 1, max: 300 })), (list, steps) => {
        const stream = Buffer.concat(list.map(([kind, payload]) => packetOf(kind, payload)))
        const { reader, packets } = createReader()
        for (let at = 0, i = 0; at < stream.length; i++) {
          const step = steps[i % steps.length] ?? 1
          reader.read(stream.subarray(at, at + step))
          at += step
        }
        expect(packets.map(([kind, payload]) => [kind, ...payload])).toEqual(
          list.map(([kind, bytes]) => [kind, ...bytes]),
        )
      }),
      { numRuns: 200 },
    )
  })

  it('hands out a payload that came whole without copying it', () => {
    const { reader, packets } = createReader()
    const chunk = Buffer.from(three)
    reader.read(chunk)
    expect(packets.map(([, { buffer }]) => buffer)).toEqual([chunk.buffer, chunk.buffer, chunk.buffer])
  })

  it('takes hellos up to their limit, and packets up to theirs once it trusts the peer', () => {
    const { reader, packets } = createReader()
    reader.read(packetOf(1, Buffer.alloc(maxHelloBytes)))
    expect(() => reader.read(packetOf(1, Buffer.alloc(maxHelloBytes + 1)))).toThrow(malformed)
    reader.trust()
    reader.read(packetOf(5, Buffer.alloc(maxPacketBytes)))
    expect(packets.map(([, payload]) => payload.length)).toEqual([maxHelloBytes, maxPacketBytes])
    expect(() => reader.read(packetOf(5, Buffer.alloc(maxPacketBytes + 1)))).toThrow(malformed)
  })

  it('refuses a length as soon as it can read it, before there is anything to keep', () => {
    const { reader } = createReader()
    reader.read(Buffer.from([0xff, 0xff, 0xff, 0xff]))
    expect(() => reader.read(Buffer.from([5]))).toThrow(malformed)
  })

  it('may trust from one packet to the next of one chunk', () => {
    const sizes: number[] = []
    const reader = new PacketReader((kind, { length }) => {
      sizes.push(length)
      if (kind === 1) reader.trust()
    })
    reader.read(Buffer.concat([packetOf(1), packetOf(3, Buffer.alloc(maxHelloBytes + 1))]))
    expect(sizes).toEqual([0, maxHelloBytes + 1])
  })
})
