import type { Json } from '@sm/core/transport'
import fc from 'fast-check'
import { Packr, Unpackr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { Packing } from './packing.ts'
import { toRecordShape, Unpacking } from './unpacking.ts'

const unpack = (bytes: Uint8Array, records: ReadonlyArray<readonly string[]> = []) =>
  new Unpacking(Buffer.from(bytes), records.map(toRecordShape)).whole()

/** The value that msgpackr, which invented records, reads from the bytes. */
function foreignUnpack(bytes: Uint8Array, records: ReadonlyArray<readonly string[]>): unknown {
  const structures = records.map(keys => [...keys])
  return new Unpackr({ structures, mapsAsObjects: true, moreTypes: false, int64AsType: 'number' }).unpack(bytes)
}

/** The lengths at which the form of a text, list or map changes, and their neighbours. */
const lengths = [0, 1, 11, 12, 13, 15, 16, 17, 31, 32, 33, 255, 256, 257, 1_023, 1_024, 1_025, 65_535, 65_536, 65_537]

const samples: ReadonlyArray<readonly [string, Json]> = [
  ['integers', [0, 1, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53)]],
  ['negative integers', [-1, -31, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1]],
  ['other numbers', [0.1, -0.1, 1e300, -1e-300, Number.MAX_VALUE, Number.MIN_VALUE]],
  ['what is no number', [null, true, false, '', [], {}]],
  ['texts', lengths.map(length => 'x'.repeat(length))],
  ['texts beyond ASCII', lengths.map(length => 'é'.repeat(length))],
  ['texts beyond ASCII at their end', lengths.map(length => `${'x'.repeat(length)}€`)],
  ['texts beyond the first plane', lengths.map(length => '🦊'.repeat(length))],
  ['texts of the character for what cannot be read', lengths.slice(0, 12).map(length => '\u{fffd}'.repeat(length))],
  ['lists', lengths.map(length => Array(length).fill(1))],
  ['maps', lengths.map(length => Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i])))],
  ['keys beyond ASCII', { é: 1, '': 2, [`${'x'.repeat(300)}é`]: 3 }],
  ['keys that are numbers', { b: 1, 2: 2, 1: 3 }],
  ['a list of records in records', [{ a: { b: 1 } }, { a: { b: 2 } }, { a: null }, { b: [{ a: 1 }] }]],
]

describe('packing', () => {
  it.each(samples)('of %s is undone by unpacking, and by msgpackr', (_, value) => {
    const packing = new Packing()
    for (const bytes of [packing.pack(value), packing.pack(value)]) {
      expect(JSON.stringify(unpack(bytes, packing.records))).toBe(JSON.stringify(value))
      expect(JSON.stringify(foreignUnpack(bytes, packing.records))).toBe(JSON.stringify(value))
    }
  })

  it('of any JSON value is undone by unpacking, and by msgpackr', () => {
    const packing = new Packing()
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), value => {
        const text = JSON.stringify(value)
        const plain = JSON.parse(text) as Json
        if (text.includes('__proto__')) return
        const bytes = packing.pack(plain)
        const { records } = packing
        expect(JSON.stringify(unpack(bytes, records))).toBe(JSON.stringify(plain))
        expect(JSON.stringify(foreignUnpack(bytes, records))).toBe(JSON.stringify(plain))
      }),
      { numRuns: 1_000 },
    )
  })

  it('leaves the bytes of earlier values as they were, whatever comes after', () => {
    const packing = new Packing()
    const values = Array.from({ length: 2_000 }, (_, i) => ({ n: i, text: 'é'.repeat(i % 300) }))
    values.splice(1_000, 0, { n: -1, text: 'x'.repeat(300_000) }, { n: -2, text: 'é'.repeat(300_000) })
    const packed = values.map(value => packing.pack(value))
    expect(packed.map(bytes => unpack(bytes, packing.records))).toEqual(values)
  })
})

describe('unpacking', () => {
  it.each(samples)('reads %s as msgpackr packs them', (_, value) => {
    const structures: string[][] = []
    const packr = new Packr({ structures, maxSharedStructures: 32, maxOwnStructures: 0, moreTypes: false })
    for (const bytes of [packr.pack(value), packr.pack(value)]) {
      const records = structures.map(keys => [...keys])
      expect(JSON.stringify(unpack(bytes, records))).toBe(JSON.stringify(value))
    }
  })

  it('reads numbers of every size', () => {
    const bytes = Buffer.from('98cf0000000100000000d3ffffffffffffffffd0ffd1fffed2fffffffdca3f000000cdffffcc40', 'hex')
    expect(unpack(bytes)).toEqual([2 ** 32, -1, -1, -2, -3, 0.5, 65_535, 64])
  })

  it.each([
    ['a text that is not UTF-8', 'a1ff', 'not UTF-8'],
    ['a longer one', `d940${'78'.repeat(63)}ff`, 'not UTF-8'],
    ['half a surrogate pair', 'a3eda080', 'not UTF-8'],
    ['infinity', 'cb7ff0000000000000', 'not finite'],
    ['what is not a number', 'ca7fc00000', 'not finite'],
    ['a number that ends early', 'cb7ff000', 'outside buffer bounds'],
    ['a shorter one that ends early', 'cd7f', 'bytes end within a value'],
    ['a key that is a list', '819001', 'nested'],
    ['a map that claims more than there is', 'dfffffffff', 'longer than its bytes'],
    ['nothing within a list', '91', 'longer than its bytes'],
    ['the type that means never', 'c1', 'type 0xc1'],
  ])('refuses %s', (_, hex, why) => {
    expect(() => unpack(Buffer.from(hex, 'hex'))).toThrow(why)
  })

  it('does not let a key reach the prototype', () => {
    const read = unpack(Buffer.from('81ab636f6e7374727563746f7201', 'hex')) as object
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
    expect(Object.entries(read)).toEqual([['constructor', 1]])
  })
})
