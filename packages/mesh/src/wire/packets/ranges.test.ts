import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { words } from '../../../test/raw-peer.ts'
import { Ranges, readRanges } from './ranges.ts'

const malformed = expect.objectContaining({ code: 'SM_MESH_PROTOCOL' })

function rangesOf(numbers: readonly number[]): Ranges {
  const ranges = new Ranges()
  for (const number of numbers) ranges.add(number)
  return ranges
}

function written(ranges: Ranges): Buffer[] {
  const packets: Buffer[] = []
  while (!ranges.isEmpty) {
    const bytes = Buffer.alloc(ranges.nextBytes)
    expect(ranges.write(bytes, 0)).toBe(bytes.length)
    packets.push(bytes)
  }
  return packets
}

function read(payload: Buffer, most = 1_000_000): number[] {
  const numbers: number[] = []
  readRanges(payload, most, number => numbers.push(number))
  return numbers
}

describe('ranges', () => {
  it('name a thousand numbers in order with eight bytes, also across the end of the numbers', () => {
    const numbers = Array.from({ length: 1_000 }, (_, i) => (0xffff_ff00 + i) >>> 0)
    expect(written(rangesOf(numbers))).toEqual([words(0xffff_ff00, 1_000)])
    expect(read(words(0xffff_ffff, 3))).toEqual([0xffff_ffff, 0, 1])
  })

  it('come back as they went, in order, in as many packets as it takes', () => {
    const numbers = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 0xffff_ffff })))
    fc.assert(
      fc.property(numbers, list => {
        expect(written(rangesOf(list)).flatMap(payload => read(payload))).toEqual(list)
      }),
    )
    const scattered = Array.from({ length: 10_000 }, (_, i) => 2 * i)
    const packets = written(rangesOf(scattered))
    expect(packets.map(({ length }) => length)).toEqual([32_768, 32_768, 14_464])
    expect(packets.flatMap(payload => read(payload))).toEqual(scattered)
  })

  it('cover ranges that begin with them and are no longer', () => {
    expect(rangesOf([1, 2, 3]).covers(rangesOf([1, 2]))).toBe(true)
    expect(rangesOf([1, 2]).covers(rangesOf([1, 2, 3]))).toBe(false)
    expect(rangesOf([1, 2, 3]).covers(rangesOf([2]))).toBe(false)
    expect(rangesOf([1, 3]).covers(rangesOf([1]))).toBe(false)
  })

  it('that end within one are refused', () => {
    expect(() => read(words(1, 1).subarray(0, 7))).toThrow(malformed)
  })

  it('that name more than there can be are refused before they are gone through', () => {
    expect(() => read(words(0, 0xffff_ffff), 10)).toThrow(malformed)
    expect(() => read(words(1, 6, 20, 5), 10)).toThrow(malformed)
    expect(read(words(1, 6, 20, 4), 10)).toHaveLength(10)
  })
})
