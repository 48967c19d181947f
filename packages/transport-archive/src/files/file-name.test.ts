import { describe, expect, it } from 'vitest'
import { type ArchiveFileName, formatFileName, parseFileName } from './file-name.ts'

const file: ArchiveFileName = {
  begunAt: Date.UTC(2026, 11, 1, 8, 30, 0, 123),
  namespace: 'default',
  agent: 'shop-2',
  instance: '01JD0000000000000000000001',
  sequence: 7,
  compress: 'none',
}

describe('the name of a file', () => {
  it('says when it was begun, by whom, and which of theirs it is', () => {
    const name = '20261201T083000123Z.default.shop-2.01JD0000000000000000000001.000007.jsonl'
    expect(formatFileName(file)).toBe(name)
    expect(formatFileName({ ...file, compress: 'zstd' })).toBe(`${name}.zst`)
  })

  it('is read again', () => {
    for (const each of [file, { ...file, compress: 'zstd' as const, sequence: 12_345_678 }]) {
      expect(parseFileName(formatFileName(each))).toEqual(each)
    }
  })

  it('sorts by time, and the files of one moment by their numbers', () => {
    const at = (begunAt: number, sequence: number) => formatFileName({ ...file, begunAt, sequence })
    const names = [at(0, 9), at(999, 10), at(1_000, 11), at(1_000, 12), at(file.begunAt, 13)]
    expect(names.toSorted()).toEqual(names)
  })

  it.each([
    'notes.jsonl',
    '20261201T083000123Z.default.shop.000007.jsonl',
    '20269901T083000123Z.default.shop.01JD0000000000000000000001.000007.jsonl',
    '20261201T083000123Z.default.shop.01JD0000000000000000000001.000007.jsonl.gz',
    '.01JD0000000000000000000001.probe',
  ])('is not %s', name => {
    expect(parseFileName(name)).toBeUndefined()
  })
})
