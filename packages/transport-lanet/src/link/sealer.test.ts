import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createVirtualClock } from '@sm/core/testing'
import { beforeAll, describe, it } from 'vitest'
import { CipherState } from '../noise/cipher-state.ts'
import { primitivesReady } from '../noise/primitives.ts'
import { Opener } from './opener.ts'
import { RecordReader } from './record-reader.ts'
import { Sealer } from './sealer.ts'

const never = { rekeyBytes: Number.MAX_SAFE_INTEGER, rekeyMs: Number.MAX_SAFE_INTEGER }

function pair(rekey = never) {
  const key = randomBytes(32)
  const clock = createVirtualClock()
  const sealer = new Sealer(new CipherState(Buffer.from(key)), clock, rekey)
  const opener = new Opener(new CipherState(Buffer.from(key)), new RecordReader())
  const received: Buffer[] = []
  const read = (bytes: Buffer) => opener.read(Buffer.from(bytes), plain => received.push(Buffer.from(plain)))
  return { clock, sealer, opener, read, received: () => Buffer.concat(received) }
}

/** Lengths of the records in what was sealed, tags included. */
function lengthsOf(pieces: readonly Buffer[]): readonly number[] {
  const sealed = Buffer.concat(pieces)
  const lengths: number[] = []
  for (let at = 0; at < sealed.length; at += 2 + (lengths.at(-1) as number)) lengths.push(sealed.readUInt16BE(at))
  return lengths
}

beforeAll(primitivesReady)

describe('what is sealed', () => {
  it('goes in one record per write, or in several of the greatest length', () => {
    const { sealer } = pair()
    assert.deepEqual(lengthsOf(sealer.seal(Buffer.alloc(1))), [17])
    assert.deepEqual(lengthsOf(sealer.seal(Buffer.alloc(65_519))), [65_535])
    assert.deepEqual(lengthsOf(sealer.seal(Buffer.alloc(65_520))), [65_535, 17])
    assert.deepEqual(lengthsOf(sealer.seal(Buffer.alloc(200_000))), [65_535, 65_535, 65_535, 3_459])
  })

  it('comes out at the other side as it was, however the chunks fall and the keys change', () => {
    for (const rekeyBytes of [1, 1_000, never.rekeyBytes]) {
      const { sealer, read, received, opener } = pair({ ...never, rekeyBytes })
      const writes = [1, 100, 67_584, 3, 5_000, 140_000, 67_584, 1].map(size => randomBytes(size))
      const stream = Buffer.concat(writes.flatMap(write => sealer.seal(write)))
      for (let at = 0; at < stream.length; at += 7_919) read(stream.subarray(at, at + 7_919))
      assert.deepEqual(received(), Buffer.concat(writes))
      assert.ok(!opener.midway)
    }
  })

  it('has a new key after so many bytes', () => {
    const { sealer, read, received } = pair({ ...never, rekeyBytes: 100 })
    const lengths = [60, 60, 60, 60].map(size => {
      const sealed = sealer.seal(Buffer.alloc(size, 1))
      sealed.forEach(read)
      return lengthsOf(sealed)
    })
    assert.deepEqual(lengths, [[76], [76], [16, 76], [76]])
    assert.equal(received().length, 240)
  })

  it('has a new key after so long, unless nothing was sent with the old one', async () => {
    const { sealer, read, clock } = pair({ ...never, rekeyMs: 1_000 })
    const write = () => {
      const sealed = sealer.seal(Buffer.alloc(1))
      sealed.forEach(read)
      return lengthsOf(sealed).length
    }
    await clock.advance(5_000)
    assert.equal(write(), 1)
    assert.equal(write(), 2)
    await clock.advance(999)
    assert.equal(write(), 1)
    await clock.advance(1)
    assert.equal(write(), 2)
    assert.equal(write(), 1)
  })

  it('is refused when anything was changed, repeated, left out or put elsewhere', () => {
    const seal = () => {
      const { sealer, ...rest } = pair({ ...never, rekeyBytes: 30 })
      const sealed = [20, 2_000, 20, 2_000].map(size => Buffer.concat(sealer.seal(Buffer.alloc(size)))) as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
      ]
      return { ...rest, sealed }
    }
    const refused = (change: (sealed: [Buffer, Buffer, Buffer, Buffer]) => readonly Buffer[]) => {
      const { sealed, read } = seal()
      assert.throws(() => change(sealed).forEach(read), { code: 'SM_LANET_TAMPERED' })
    }
    refused(([a, b, c]) => [a, a, b, c])
    refused(([a, b, c, d]) => [a, c, b, d])
    refused(([a, , c, d]) => [a, c, d])
    refused(([a, b, c, d]) => [a, b, c.subarray(18), d])
    refused(([a, b]) => [a, Buffer.concat([b.subarray(0, 100), b.subarray(101), Buffer.alloc(1)])])
    for (let bit = 16; bit < 38 * 8; bit += 5) {
      refused(([a]) => {
        a[bit >> 3] = (a[bit >> 3] as number) ^ (1 << (bit & 7))
        return [a]
      })
    }
  })

  it('by a peer that changes its key again and again without using it is refused', () => {
    const key = randomBytes(32)
    const [send, receive] = [new CipherState(Buffer.from(key)), new CipherState(Buffer.from(key))]
    const opener = new Opener(receive, new RecordReader())
    const record = (plain: Buffer) => Buffer.concat([Buffer.from([0, plain.length + 16]), send.seal(plain)])
    opener.read(record(Buffer.alloc(4)), () => {})
    opener.read(record(Buffer.alloc(0)), () => {})
    send.rekey()
    assert.throws(() => opener.read(record(Buffer.alloc(0)), () => {}), { code: 'SM_LANET_TAMPERED' })
  })
})
