import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

const linesOf = (splitter: LineSplitter, ...pieces: readonly string[]) =>
  pieces.flatMap(piece => [...splitter.push(Buffer.from(piece))].map(line => line?.toString()))

describe('lines', () => {
  it('come out whole, wherever the pieces end', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/)), fc.array(fc.nat(100)), (lines, cuts) => {
        const text = lines.map(line => `${line}\n`).join('')
        const ends = [...cuts.filter(cut => cut < text.length), text.length].toSorted((a, b) => a - b)
        const pieces = ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end))
        const splitter = new LineSplitter(100)
        expect(linesOf(splitter, ...pieces)).toEqual(lines)
        expect(splitter.hasRest).toBe(false)
      }),
    )
  })

  it('without an end are a rest, which can be dropped', () => {
    const splitter = new LineSplitter(100)
    expect([linesOf(splitter, 'one\ntw', 'o'), splitter.hasRest]).toEqual([['one'], true])
    splitter.drop()
    expect([splitter.hasRest, linesOf(splitter, 'three\n')]).toEqual([false, ['three']])
  })

  it('that are too long are told by their place, and the next one is whole', () => {
    const splitter = new LineSplitter(5)
    expect(linesOf(splitter, '12345\n123', '4', '56', '789\n12', '\n')).toEqual(['12345', undefined, '12'])
  })
})
