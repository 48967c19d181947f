import { type Frame, fromBytes, type Payload } from '@sm/core/transport'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../../test/world.ts'
import { Packer } from './packer.ts'
import { maxRecords } from './packing.ts'
import { Unpacker } from './unpacker.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const json = (value: unknown) => Buffer.from(JSON.stringify(value))

/** A sender and a receiver that is told each record before it needs it. */
function createPair() {
  const packer = new Packer()
  const unpacker = new Unpacker()
  let told = 0
  const send = (payload: Payload): { readonly bytes: Uint8Array; readonly arrived: Frame } => {
    const packed = packer.pack(makeFrame('a', payload)) as Frame
    for (; told < packer.records.length; told++) {
      const list = json({ from: told, keys: [packer.records[told]] })
      expect(list.length).toBeLessThan(16_384)
      unpacker.learn(list)
    }
    const bytes = Uint8Array.from(packed.body.bytes())
    return { bytes, arrived: unpacker.frame({ ...packed, body: fromBytes(bytes, 'application/json') }) }
  }
  return { packer, unpacker, send }
}

const order = { orderId: '7', total: 12, lines: [{ sku: 'x', count: 1 }] }

describe('packed bodies', () => {
  it('come back as they were, and after the first without their keys', () => {
    const { send } = createPair()
    const [first, second] = [send(order), send({ ...order, total: 13 })]
    expect(first.arrived.body.value()).toEqual(order)
    expect(second.arrived.body.value()).toEqual({ ...order, total: 13 })
    expect(Buffer.from(second.bytes).includes('orderId')).toBe(false)
    expect(second.bytes.length).toBeLessThan(JSON.stringify(order).length / 2)
    expect(JSON.parse(Buffer.from(second.arrived.body.bytes()).toString())).toEqual({ ...order, total: 13 })
  })

  it('of any JSON value mean the same as in JSON', () => {
    const { send } = createPair()
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const plain = JSON.parse(JSON.stringify(value))
        if (JSON.stringify(plain).includes('__proto__')) return
        expect(JSON.stringify(send(plain).arrived.body.value())).toBe(JSON.stringify(plain))
      }),
    )
  })

  it('of more shapes than there are records go with their keys', () => {
    const { packer, send } = createPair()
    for (let i = 0; i < 100; i++) {
      const value = { [`field${i}`]: i, same: true }
      expect(send(value).arrived.body.value()).toEqual(value)
    }
    expect(packer.records).toHaveLength(maxRecords)
  })

  it.each([
    ['very many fields', Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key${i}`, i]))],
    ['very long keys', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}`.padEnd(200, 'x'), i]))],
  ])('with %s make no record that a peer would refuse', (_, wide) => {
    const { packer, send } = createPair()
    send(order)
    send({ other: 1 })
    send({ nested: 1 })
    const { length } = packer.records
    for (const value of [wide, order, { other: 1 }, { nested: wide }]) {
      expect(JSON.stringify(send(value).arrived.body.value())).toBe(JSON.stringify(value))
    }
    expect(packer.records).toHaveLength(length)
    expect(Buffer.from(send(order).bytes).includes('orderId')).toBe(false)
  })

  it('are made of JSON that nobody has changed, and of nothing else', () => {
    const packer = new Packer()
    const frame = makeFrame('a', order)
    expect(packer.pack({ ...frame, header: { ...frame.header, contentType: 'image/png' } })).toBeUndefined()
    expect(packer.pack({ ...frame, header: { ...frame.header, encodings: ['gzip'] } })).toBeUndefined()
    expect(packer.pack(frame)).toBe(packer.pack(frame))
  })
})

describe('an unpacker', () => {
  it.each([
    ['that leave a gap', { from: 1, keys: [['a']] }],
    ['that are no list', { from: 0, keys: 'a' }],
    ['of something else than keys', { from: 0, keys: [[1]] }],
    ['with a key that objects treat specially', { from: 0, keys: [['__proto__']] }],
    ['with too many fields', { from: 0, keys: [Array(1_025).fill('a')] }],
    ['that are too many', { from: 0, keys: Array(maxRecords + 1).fill(['a']) }],
  ])('refuses records %s', (_, list) => {
    expect(() => new Unpacker().learn(json(list))).toThrow(code('SM_MESH_PROTOCOL'))
  })

  const read = (...bytes: number[]) => {
    const unpacker = new Unpacker()
    unpacker.learn(json({ from: 0, keys: [['a', 'b']] }))
    const body = fromBytes(Uint8Array.from(bytes), 'application/json')
    return () => unpacker.frame({ header: makeFrame('a', 1).header, body }).body.value()
  }

  it('reads records that it was told', () => {
    expect(read(0x40, 1, 0xa1, 0x78)()).toEqual({ a: 1, b: 'x' })
  })

  it.each([
    ['nothing', []],
    ['two values', [1, 2]],
    ['a record that nobody told', [0x41, 1]],
    ['a record that ends early', [0x40, 1]],
    ['a list that claims more than there is', [0xdd, 0xff, 0xff, 0xff, 0xff, 1]],
    ['a text that ends early', [0xd9, 9, 1]],
    ['a key that is a number', [0x81, 1, 1]],
    ['a key that objects treat specially', [0x81, 0xa9, ...Buffer.from('__proto__'), 1]],
    ['such a key in a longer form', [0x81, 0xd9, 9, ...Buffer.from('__proto__'), 1]],
    ['bytes', [0xc4, 1, 1]],
    ['an extension', [0xd4, 0x72, 0x40]],
    ['lists without an end', Array(2_000).fill(0x91)],
  ])('refuses %s', (_, bytes) => {
    expect(read(...bytes)).toThrow(code('SM_CODEC_MALFORMED'))
  })

  it('throws nothing but coded errors, whatever it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        try {
          read(...bytes)()
        } catch (error) {
          expect(error).toEqual(code('SM_CODEC_MALFORMED'))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
