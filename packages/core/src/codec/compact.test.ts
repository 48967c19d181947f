import { describe, expect, it } from 'vitest'
import { type Frame, type Header, maxExtensions, toHeader } from '../message/index.ts'
import { toBody } from './body.ts'
import { compactVersion, flag, knownFlags } from './compact.ts'
import { decodeFrame } from './compact-decode.ts'
import { encodeFrame, frameBytes, writeFrame } from './compact-encode.ts'
import { jsonCodec } from './json.ts'
import { fromBytes } from './received-body.ts'

const least: Frame = {
  header: toHeader({ id: 'i1', type: 'a.b', from: 'me', time: 0x0102_0304_0506, version: 0x0708 }),
  body: toBody(7, jsonCodec),
}

const whole: Frame = {
  header: toHeader({
    ...least.header,
    to: 'billing',
    replyTo: 'shop/01J',
    correlationId: 'c',
    causationId: 'd',
    expiresAt: 253_402_300_799_999,
    key: 'k',
    delivery: 'at-least-once',
    contentType: 'image/png',
    encodings: ['gzip', 'box'],
    traceparent: 't',
    tracestate: 's',
    extensions: { tenant: 'ümläut 🛒', empty: '' },
  }),
  body: fromBytes(new Uint8Array([1, 2, 3]), 'application/octet-stream'),
}

const leastBytes = [
  ...[1, 0x00, 0x00, 0x07, 0x08, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06],
  ...[0, 2, 0, 3, 0, 2],
  ...Buffer.from('i1a.bme'),
  ...Buffer.from('7'),
]

const malformed = expect.objectContaining({ code: 'SM_CODEC_MALFORMED' })

/** The bytes of a frame, with some of them changed. */
function changed(frame: Frame, change: (bytes: Buffer) => Buffer | undefined): Uint8Array {
  const bytes = Buffer.from(encodeFrame(frame))
  return change(bytes) ?? bytes
}

describe('the compact form', () => {
  it('is byte for byte what its table says', () => {
    expect([...encodeFrame(least)]).toEqual(leastBytes)
    const bytes = Buffer.from(encodeFrame(whole))
    expect(bytes[0]).toBe(compactVersion)
    expect(bytes.readUInt16BE(1)).toBe(knownFlags)
    expect(bytes.readBigUInt64BE(13)).toBe(253_402_300_799_999n)
    expect(bytes[21]).toBe(2)
    const lengths = Array.from({ length: 16 }, (_, i) => bytes.readUInt16BE(22 + 2 * i))
    expect(lengths).toEqual([2, 3, 2, 7, 8, 1, 1, 1, 9, 8, 1, 1, 6, 13, 5, 0])
    expect(bytes.subarray(54).toString('utf8')).toBe(
      'i1a.bmebillingshop/01Jcdkimage/pnggzip,boxtstenantümläut 🛒empty\u0001\u0002\u0003',
    )
  })

  it.each([
    ['the least', least],
    ['a whole', whole],
  ])('of %s header comes back as it was', (_, frame) => {
    const arrived = decodeFrame(encodeFrame(frame))
    expect(arrived.header).toStrictEqual(frame.header)
    expect([...arrived.body.bytes()]).toEqual([...frame.body.bytes()])
  })

  it('leaves the body where it is: no copy', () => {
    const bytes = encodeFrame(whole)
    const body = decodeFrame(bytes).body.bytes()
    expect(body.buffer).toBe(bytes.buffer)
    expect(body.byteOffset).toBe(bytes.byteOffset + bytes.length - 3)
  })

  it('is as long as was said before, written where it was asked, and touches nothing else', () => {
    for (const frame of [least, whole]) {
      const size = frameBytes(frame)
      const target = Buffer.alloc(size + 20, 0xaa)
      expect(writeFrame(frame, target, 10)).toBe(10 + size)
      expect(target.subarray(10, 10 + size)).toEqual(Buffer.from(encodeFrame(frame)))
      expect([...target.subarray(0, 10), ...target.subarray(10 + size)].every(byte => byte === 0xaa)).toBe(true)
    }
  })

  it('of many frames goes into one buffer, end to end', () => {
    const frames = [least, whole, least, least, whole]
    const target = Buffer.allocUnsafe(2_048)
    const ends = [0]
    for (const frame of frames) ends.push(writeFrame(frame, target, ends.at(-1) as number))
    const arrived = frames.map((_, i) => decodeFrame(target.subarray(ends[i], ends[i + 1])))
    expect(arrived.map(({ header }) => header)).toStrictEqual(frames.map(({ header }) => header))
  })

  it('is not written where it does not fit, and nothing is written then', () => {
    const target = Buffer.alloc(frameBytes(least) - 1)
    expect(() => writeFrame(least, target, 0)).toThrow(RangeError)
    expect(target.every(byte => byte === 0)).toBe(true)
  })

  it('asks for the bytes of a body once, however often it is measured and written', () => {
    let asked = 0
    const body = {
      ...{ contentType: 'application/json', value: () => 1 },
      bytes: () => {
        asked++
        return new Uint8Array([0x31])
      },
    }
    const frame = { header: least.header, body }
    const target = Buffer.alloc(frameBytes(frame) * 2)
    writeFrame(frame, target, writeFrame(frame, target, 0))
    expect(asked).toBe(1)
  })

  it('is not made of an attribute that is longer than it can say', () => {
    const header: Header = { ...least.header, key: 'k'.repeat(70_000) }
    expect(() => encodeFrame({ ...least, header })).toThrow(expect.objectContaining({ code: 'SM_HEADER_INVALID' }))
  })

  it('is refused above the limit, before it is looked at', () => {
    const bytes = encodeFrame(least)
    expect(decodeFrame(bytes, { maxBytes: bytes.length }).header.id).toBe('i1')
    expect(() => decodeFrame(bytes, { maxBytes: bytes.length - 1 })).toThrow(
      expect.objectContaining({ code: 'SM_FRAME_TOO_LARGE' }),
    )
    expect(() => decodeFrame(new Uint8Array(100), { maxBytes: 10 })).toThrow(
      expect.objectContaining({ code: 'SM_FRAME_TOO_LARGE' }),
    )
  })

  it.each([
    ['least', least],
    ['whole', whole],
  ])('of the %s header is refused when it is cut anywhere within it', (_, frame) => {
    const bytes = encodeFrame(frame)
    const headerBytes = bytes.length - frame.body.bytes().length
    for (let size = 0; size < headerBytes; size++) {
      expect(() => decodeFrame(bytes.subarray(0, size))).toThrow(malformed)
    }
  })

  it.each([0, 2, 255])('is refused in version %i', version => {
    const bytes = changed(least, frame => {
      frame[0] = version
      return frame
    })
    expect(() => decodeFrame(bytes)).toThrow(malformed)
  })

  it.each([12, 13, 14, 15])('is refused with the unknown flag of bit %i', bit => {
    const bytes = changed(least, frame => {
      frame.writeUInt16BE(1 << bit, 1)
      return frame
    })
    expect(() => decodeFrame(bytes)).toThrow(malformed)
  })

  it.each([0, maxExtensions + 1, 255])('is refused when it claims %i extensions', count => {
    const bytes = changed(whole, frame => {
      frame[21] = count
      return frame
    })
    expect(() => decodeFrame(bytes)).toThrow(malformed)
  })

  it.each([0, 1, 5, 12])('is refused when the length of text %i reaches beyond the frame', index => {
    const bytes = changed(whole, frame => {
      frame.writeUInt16BE(0xffff, 22 + 2 * index)
      return frame
    })
    expect(() => decodeFrame(bytes)).toThrow(malformed)
  })

  it('is refused with a text that is not UTF-8, also where two texts are it only together', () => {
    const one = changed(least, frame => {
      frame[frame.length - 2] = 0xff
      return frame
    })
    expect(() => decodeFrame(one)).toThrow(malformed)
    const frame = { ...least, header: { ...least.header, correlationId: 'aé', causationId: 'b' } }
    const split = changed(frame, bytes => {
      // The é belongs half to one text and half to the next.
      bytes.writeUInt16BE(2, 19)
      bytes.writeUInt16BE(2, 21)
      return bytes
    })
    expect(() => decodeFrame(split)).toThrow(malformed)
  })

  it('is refused when it names an extension twice', () => {
    const frame = { ...least, header: { ...least.header, extensions: { aa: '1', ab: '2' } } }
    const bytes = changed(frame, encoded => Buffer.from(encoded.toString('latin1').replace('ab2', 'aa2'), 'latin1'))
    expect(() => decodeFrame(bytes)).toThrow(malformed)
  })

  it('holds nothing that the rules of a header refuse', () => {
    const breaking: Header[] = [
      { ...least.header, id: '' },
      { ...least.header, type: 'a b' },
      { ...least.header, to: '../x' },
      { ...least.header, version: 0 },
      { ...least.header, time: Number.MAX_SAFE_INTEGER },
      { ...least.header, encodings: ['a b'] },
      { ...least.header, extensions: { Tenant: 'x' } },
      { ...least.header, extensions: JSON.parse('{"__proto__":"x"}') },
    ]
    for (const header of breaking) {
      expect(() => decodeFrame(encodeFrame({ ...least, header }))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^SM_(HEADER|NAME)_INVALID$/) }),
      )
    }
  })

  it('has a flag for each optional attribute, and no two share one', () => {
    const bits = Object.values(flag)
    expect(bits.reduce<number>((all, bit) => all | bit, 0)).toBe(knownFlags)
    expect(bits.reduce<number>((sum, bit) => sum + bit, 0)).toBe(knownFlags)
  })
})
