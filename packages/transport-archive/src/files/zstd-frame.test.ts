import { randomBytes } from 'node:crypto'
import { constants, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zstdFrameEnd } from './zstd-frame.ts'

const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

const samples: Readonly<Record<string, Buffer>> = {
  'of nothing': zstdCompressSync(Buffer.alloc(0)),
  'of a few bytes': zstdCompressSync(Buffer.from('few'), checksum),
  'of one byte many times': zstdCompressSync(Buffer.alloc(1_000_000, 7), checksum),
  'of chance, in several blocks': zstdCompressSync(randomBytes(400_000), checksum),
  'of lines, without a checksum': zstdCompressSync(Buffer.from('{"n":1}\n'.repeat(50_000))),
}

/** A frame of other data, which readers pass over. */
function skippable(length: number): Buffer {
  const frame = Buffer.alloc(8 + length)
  frame.writeUInt32LE(0x184d_2a53)
  frame.writeUInt32LE(length, 4)
  return frame
}

describe('the end of a zstd frame', () => {
  it.each(Object.entries(samples))('%s is found, whatever follows', (_, frame) => {
    expect(zstdFrameEnd(frame)).toBe(frame.length)
    expect(zstdFrameEnd(Buffer.concat([frame, frame]))).toBe(frame.length)
    expect(zstdFrameEnd(Buffer.concat([frame, Buffer.from('something else')]))).toBe(frame.length)
  })

  it.each(Object.entries(samples))('%s is not found while a byte is missing', (_, frame) => {
    const lengths = new Set([0, 1, 3, 4, 5, 6, 8, 10, frame.length >> 1, frame.length - 4, frame.length - 1])
    for (const length of lengths) {
      if (length < frame.length) expect(zstdFrameEnd(frame.subarray(0, Math.max(0, length)))).toBeUndefined()
    }
  })

  it('of a frame that is to be passed over is found', () => {
    expect(zstdFrameEnd(Buffer.concat([skippable(5), samples['of nothing'] as Buffer]))).toBe(13)
    expect(zstdFrameEnd(skippable(5).subarray(0, 12))).toBeUndefined()
    expect(zstdFrameEnd(skippable(5).subarray(0, 6))).toBeUndefined()
  })

  it('of what is no frame is refused', () => {
    expect(() => zstdFrameEnd(Buffer.from('{"specversion":"1.0"}\n'))).toThrow(RangeError)
    const frame = Buffer.from(samples['of a few bytes'] as Buffer)
    // The block header follows a header of six bytes at least; its type is set to the reserved one.
    const at = frame.length - 4 - 3 - 3
    frame[at] = (frame[at] as number) | 6
    expect(() => zstdFrameEnd(frame)).toThrow(RangeError)
  })

  it('is found for any data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.boolean(), (data, sums) => {
        const frame = zstdCompressSync(data, sums ? checksum : {})
        expect(zstdFrameEnd(Buffer.concat([frame, Buffer.from([1, 2, 3, 4])]))).toBe(frame.length)
      }),
    )
  })
})
