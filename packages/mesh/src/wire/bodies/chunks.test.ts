import { encodeFrame, type Frame } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { packetsOf } from '../../../test/raw-peer.ts'
import { makeFrame, settle } from '../../../test/world.ts'
import type { Connection } from '../../connection.ts'
import { Output } from '../packets/output.ts'
import { chunkBytes, packet } from '../packets/packet.ts'
import { writeNumber } from '../packets/packet-writer.ts'
import { Assembler } from './assembler.ts'
import { ChunkSender } from './chunk-sender.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const head = { interest: 1, reliable: true, packed: false, attempt: 1, sequence: 1 }

function createSender() {
  const taken: Buffer[] = []
  const wire: Connection & { takes: boolean } = {
    remote: 'test',
    takes: true,
    write: bytes => {
      taken.push(Buffer.from(bytes))
      return wire.takes
    },
    open: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  }
  const output = new Output(
    wire,
    () => chunks.next(),
    () => undefined,
  )
  const chunks: ChunkSender = new ChunkSender(output)
  return { chunks, output, wire, packets: () => packetsOf(Buffer.concat(taken)) }
}

describe('a large frame', () => {
  const large = makeFrame('large', 'x'.repeat(5 * chunkBytes))
  const bytes = encodeFrame(large)

  it('is announced in its place and follows in chunks, between which others pass', async () => {
    const { chunks, output, packets } = createSender()
    chunks.send(head, large, bytes.length)
    for (let i = 0; i < 20; i++) {
      writeNumber(output, packet.ping, i)
      await settle(1)
    }
    const kinds = packets().map(([kind]) => kind)
    expect(kinds[0]).toBe(packet.first)
    let run = 0
    for (const kind of kinds.slice(1, kinds.lastIndexOf(packet.chunk))) {
      run = kind === packet.chunk ? run + 1 : 0
      expect(run).toBeLessThanOrEqual(1)
    }
    const parts = packets().filter(([kind]) => kind === packet.chunk)
    expect(parts).toHaveLength(6)
    expect(Buffer.concat(parts.map(([, payload]) => payload.subarray(4)))).toEqual(Buffer.from(bytes))
  })

  it('sends no chunk while the wire is busy, so that nothing waits behind more than one', async () => {
    const { chunks, output, wire, packets } = createSender()
    wire.takes = false
    chunks.send(head, large, bytes.length)
    await settle()
    expect(packets().map(([kind]) => kind)).toEqual([packet.first])
    output.drain()
    await settle()
    writeNumber(output, packet.ping, 1)
    expect(packets().map(([kind]) => kind)).toEqual([packet.first, packet.chunk])
    output.drain()
    expect(packets().map(([kind]) => kind)).toEqual([packet.first, packet.chunk, packet.ping])
  })
})

function chunk(stream: number, bytes: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeUInt32BE(stream)
  return Buffer.concat([prefix, bytes])
}

describe('an assembler', () => {
  const bytes = encodeFrame(makeFrame('large', 'x'.repeat(100_000)))
  const taken: Array<readonly [Frame | undefined, unknown]> = []
  const take = () => (frame: Frame | undefined, error: unknown) => void taken.push([frame, error])

  it('puts streams together, also when their chunks are mixed', () => {
    taken.length = 0
    const assembler = new Assembler(1_000_000)
    for (const stream of [1, 2]) assembler.expect(stream, bytes.length, take)
    for (let at = 0; at < bytes.length; at += 40_000) {
      for (const stream of [2, 1]) assembler.chunk(chunk(stream, bytes.subarray(at, at + 40_000)))
    }
    expect(taken.map(([frame]) => frame?.header.id)).toEqual(['large', 'large'])
  })

  it('refuses what was not announced, is empty, or is longer than announced', () => {
    const assembler = new Assembler(1_000_000)
    expect(() => assembler.chunk(chunk(1, bytes.subarray(0, 9)))).toThrow(code('SM_MESH_PROTOCOL'))
    assembler.expect(1, chunkBytes + 1, take)
    expect(() => assembler.chunk(chunk(1, bytes.subarray(0, 0)))).toThrow(code('SM_MESH_PROTOCOL'))
    expect(() => assembler.chunk(chunk(1, bytes.subarray(0, chunkBytes + 2)))).toThrow(code('SM_MESH_PROTOCOL'))
  })

  it('refuses an announcement that is too large, too small, double or one too many', () => {
    const assembler = new Assembler(1_000_000)
    expect(() => assembler.expect(1, 1_000_001, take)).toThrow(code('SM_FRAME_TOO_LARGE'))
    expect(() => assembler.expect(1, chunkBytes, take)).toThrow(code('SM_MESH_PROTOCOL'))
    for (let stream = 0; stream < 4_096; stream++) assembler.expect(stream, 1_000_000, take)
    expect(() => assembler.expect(7, 1_000_000, take)).toThrow(code('SM_MESH_PROTOCOL'))
    expect(() => assembler.expect(4_096, 1_000_000, take)).toThrow(code('SM_MESH_LIMIT'))
  })

  it('hands on what makes a frame unreadable', () => {
    taken.length = 0
    const assembler = new Assembler(1_000_000)
    assembler.expect(1, 100_000, take)
    for (const size of [60_000, 40_000]) assembler.chunk(chunk(1, new Uint8Array(size)))
    expect(taken).toEqual([[undefined, code('SM_CODEC_MALFORMED')]])
  })

  it('tells those who still wait at the end, once', () => {
    taken.length = 0
    const assembler = new Assembler(1_000_000)
    assembler.expect(1, 100_000, take)
    assembler.close()
    assembler.close()
    expect(taken).toEqual([[undefined, undefined]])
  })

  it('reads past what nobody wants', () => {
    const assembler = new Assembler(1_000_000)
    assembler.expect(1, 100_000, () => undefined)
    for (const size of [60_000, 40_000]) assembler.chunk(chunk(1, new Uint8Array(size)))
    expect(() => assembler.chunk(chunk(1, new Uint8Array(1)))).toThrow(code('SM_MESH_PROTOCOL'))
  })
})
