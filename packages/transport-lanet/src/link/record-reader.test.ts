import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { RecordReader } from './record-reader.ts'

const sizes = [1, 0, 300, 2, 65_535, 16, 0, 70]
const records = sizes.map((size, i) => Buffer.alloc(size, i))
const stream = Buffer.concat(
  records.flatMap(record => [Buffer.from([record.length >> 8, record.length & 255]), record]),
)

describe('a reader of records', () => {
  it.each([1, 2, 3, 17, 1_000, 65_536, 1_000_000])('finds them in chunks of %i bytes', step => {
    const reader = new RecordReader()
    const found: Buffer[] = []
    for (let at = 0; at < stream.length; at += step) {
      reader.push(Buffer.from(stream.subarray(at, at + step)))
      for (let record = reader.next(); record; record = reader.next()) found.push(Buffer.from(record))
    }
    assert.deepEqual(found, records)
    assert.equal(reader.waiting, 0)
  })

  it('refuses what is longer than it may be before the rest of it has come', () => {
    const reader = new RecordReader()
    reader.push(Buffer.from([0, 97]))
    assert.throws(() => reader.next(96), { code: 'SM_LANET_HANDSHAKE' })
  })

  it('tells that a record has begun', () => {
    const reader = new RecordReader()
    reader.push(Buffer.from([0]))
    assert.equal(reader.next(), undefined)
    assert.equal(reader.waiting, 1)
    reader.push(Buffer.from([3, 1, 2]))
    assert.equal(reader.next(), undefined)
    assert.equal(reader.waiting, 4)
    reader.push(Buffer.from([3]))
    assert.deepEqual(reader.next(), Buffer.from([1, 2, 3]))
  })
})
