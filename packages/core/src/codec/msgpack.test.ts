import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { msgpackCodec } from './msgpack.ts'
import { fromBytes } from './received-body.ts'

const decode = (bytes: Uint8Array) => fromBytes(bytes, msgpackCodec.contentType).value()
const malformed = expect.objectContaining({ code: 'SM_CODEC_MALFORMED' })
const foreign = new Packr({ useRecords: false, moreTypes: true })

/** Claims of a length, each of which is far beyond the bytes that follow. */
const boasts = {
  'a text of 4 GiB': [0xdb, 0xff, 0xff, 0xff, 0xff],
  'a text of 64 KiB': [0xda, 0xff, 0xff, 0x61],
  'a list of 4 billion': [0xdd, 0xff, 0xff, 0xff, 0xff],
  'a map of 4 billion': [0xdf, 0xff, 0xff, 0xff, 0xff],
  'a map of 65535': [0xde, 0xff, 0xff],
  'a list of 15': [0x9f, 0x01],
  'a text of 31': [0xbf, 0x61],
  'a double of 3 bytes': [0xcb, 0, 0, 0],
}

describe('MessagePack bodies', () => {
  it('take the numbers, texts, lists and maps of other implementations', () => {
    const value = { a: [1, -1, 2 ** 40, 1.5, true, null, 'x'.repeat(300)], 'ключ 🗝': { b: 'ü' } }
    expect(decode(new Packr({ useRecords: false, useFloat32: 3 }).pack(value))).toEqual(value)
    expect(decode(new Packr({ useRecords: false, variableMapSize: true }).pack(value))).toEqual(value)
  })

  it.each(Object.entries(boasts))('are refused when they claim %s, before anything is allocated', (_, bytes) => {
    expect(() => decode(new Uint8Array(bytes))).toThrow(malformed)
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['bytes after the value', new Uint8Array([0x01, 0x02])],
    ['bytes within JSON', foreign.pack([Buffer.from('x')])],
    ['a date', foreign.pack({ at: new Date(0) })],
    ['a set', foreign.pack(new Set([1]))],
    ['the type that is never used', new Uint8Array([0xc1])],
    ['a map with a number as key', new Uint8Array([0x81, 0x01, 0x02])],
    ['a record definition of msgpackr', new Packr({ useRecords: true }).pack({ a: 1 })],
    ['a key that objects treat specially', new Uint8Array([0x81, 0xa9, ...Buffer.from('__proto__'), 1])],
    ['such a key with a longer length field', new Uint8Array([0x81, 0xd9, 9, ...Buffer.from('__proto__'), 1])],
    ['a short text that is not UTF-8', new Uint8Array([0xa2, 0xc0, 0xa0])],
    ['a long text that is not UTF-8', new Uint8Array([0xd9, 40, ...Buffer.alloc(39, 'a'), 0xff])],
    ['a text that ends within a character', new Uint8Array([0x92, 0xa2, 0xe2, 0x82, 0xa1, 0x61])],
    ['NaN', new Uint8Array([0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0])],
    ['infinity', new Uint8Array([0xca, 0x7f, 0x80, 0, 0])],
    ['more nesting than a payload may have', new Uint8Array([...Buffer.alloc(129, 0x91), 0x01])],
    ['nesting without measure', new Uint8Array([...Buffer.alloc(100_000, 0x91), 0x01])],
  ])('are refused with %s', (_, bytes) => {
    expect(() => decode(bytes)).toThrow(malformed)
  })

  it('may nest as deep as a payload may', () => {
    let value: unknown = 1
    for (let i = 0; i < 128; i++) value = [value]
    expect(decode(new Uint8Array([...Buffer.alloc(128, 0x91), 0x01]))).toEqual(value)
  })

  it('may hold __proto__ as a text, and keys that only look like it', () => {
    const value = { a: '__proto__', _proto__: 1, __proto___: 2 }
    expect(decode(msgpackCodec.encode(value))).toEqual(value)
  })
})
