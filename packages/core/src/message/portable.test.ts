import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxPayloadDepth, toPortable } from './portable.ts'

class Money {
  readonly amount = 1
}

/** `depth` lists within each other. */
function nested(depth: number): unknown {
  let value: unknown = 'core'
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

function cyclic(): unknown {
  const a: Record<string, unknown> = {}
  a.self = a
  return a
}

const refused: ReadonlyArray<readonly [string, unknown, string, string]> = [
  ['undefined alone', undefined, 'payload', 'undefined'],
  ['undefined in a list', { lines: [1, undefined] }, 'payload.lines[1]', 'undefined'],
  ['a hole in a list', { lines: Object.assign([1], { length: 2 }) }, 'payload.lines[1]', 'undefined'],
  ['a function', { run: () => {} }, 'payload.run', 'a function'],
  ['a symbol', [Symbol('x')], 'payload[0]', 'a symbol'],
  ['a bigint', { a: { b: 1n } }, 'payload.a.b', 'a bigint'],
  ['NaN', { total: Number.NaN }, 'payload.total', 'NaN'],
  ['infinity', [[0, Number.POSITIVE_INFINITY]], 'payload[0][1]', 'Infinity'],
  ['a Date', { at: new Date(0) }, 'payload.at', 'an instance of Date'],
  ['a Map', { map: new Map() }, 'payload.map', 'an instance of Map'],
  ['a RegExp', /x/, 'payload', 'an instance of RegExp'],
  ['an Error', [new Error('x')], 'payload[0]', 'an instance of Error'],
  ['a promise', Promise.resolve(), 'payload', 'an instance of Promise'],
  ['an instance of a class', { price: new Money() }, 'payload.price', 'an instance of Money'],
  ['an object with another prototype', Object.create({}), 'payload', 'an instance of Object'],
  ['bytes within JSON', { key: new Uint8Array(2) }, 'payload.key', 'an instance of Uint8Array'],
  ['numbers that are no bytes', new Float64Array(2), 'payload', 'an instance of Float64Array'],
  ['a key that objects treat specially', JSON.parse('{"a":{"__proto__":1}}'), 'payload.a.__proto__', 'a key'],
  ['half a surrogate pair', { text: 'a\ud800' }, 'payload.text', 'half a surrogate pair'],
  ['half a surrogate pair in a key', { '\udc00': 1 }, 'payload.\udc00', 'half a surrogate pair'],
]

describe('a payload', () => {
  it.each(refused)('with %s is refused with its path', (_, value, path, what) => {
    const error = expect.objectContaining({
      code: 'SM_PAYLOAD_NOT_PORTABLE',
      message: expect.stringContaining(`${path} is `),
      details: { path },
    })
    expect(() => toPortable(value, true)).toThrow(error)
    expect(() => toPortable(value, false)).toThrow(error)
    expect(() => toPortable(value, false)).toThrow(what)
  })

  it.each([
    ['a cycle', cyclic()],
    ['more nesting than allowed', nested(maxPayloadDepth + 1)],
  ])('with %s is refused', (_, value) => {
    expect(() => toPortable(value, false)).toThrow(expect.objectContaining({ code: 'SM_PAYLOAD_NOT_PORTABLE' }))
    expect(() => toPortable(value, false)).toThrow('nested more than 128 deep, or a cycle')
  })

  it('may nest as deep as allowed', () => {
    expect(toPortable(nested(maxPayloadDepth), true)).toEqual(nested(maxPayloadDepth))
  })

  it('never shows a value in its error', () => {
    const secret = { password: 'hunter2', at: new Date() }
    expect(() => toPortable(secret, false)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    )
  })

  it('of JSON comes out equal, and what JSON would make of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
        const json = JSON.stringify(value)
        fc.pre(!json.includes('"__proto__"'))
        const result = toPortable(value, true)
        expect(JSON.stringify(result)).toBe(json)
        expect(result).toEqual(JSON.parse(json))
      }),
    )
  })

  it('is a copy: changing the original later changes nothing', () => {
    const original = { lines: [{ sku: 'a' }] }
    const copy = toPortable(original, false) as typeof original
    original.lines.push({ sku: 'b' })
    ;(original.lines[0] as { sku: string }).sku = 'changed'
    expect(copy).toEqual({ lines: [{ sku: 'a' }] })
  })

  it('of bytes is a copy of plain bytes', () => {
    const original = Buffer.from([1, 2, 3])
    const copy = toPortable(original, true) as Uint8Array
    original[0] = 9
    expect(copy).toEqual(new Uint8Array([1, 2, 3]))
    expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype)
    expect(toPortable(new Uint8Array(), true)).toHaveLength(0)
  })

  it('is frozen in depth when asked, and otherwise not', () => {
    const value = { a: [{ b: 1 }], c: {} }
    const frozen = toPortable(value, true) as typeof value
    expect([frozen, frozen.a, frozen.a[0], frozen.c].every(Object.isFrozen)).toBe(true)
    const open = toPortable(value, false) as typeof value
    expect([open, open.a, open.a[0], open.c].some(Object.isFrozen)).toBe(false)
    expect([value, value.a].some(Object.isFrozen)).toBe(false)
  })

  it('has no negative zero, as JSON has none', () => {
    expect(Object.is(toPortable(-0, true), 0)).toBe(true)
    expect(Object.is((toPortable([-0], true) as number[])[0], 0)).toBe(true)
  })

  it('loses undefined properties, as JSON does', () => {
    expect(toPortable({ a: 1, b: undefined }, true)).toStrictEqual({ a: 1 })
  })

  it('may have objects without a prototype, and gives them one', () => {
    const bare = Object.assign(Object.create(null), { a: 1 })
    expect(toPortable(bare, true)).toStrictEqual({ a: 1 })
  })

  it('cannot reach a prototype', () => {
    const result = toPortable(JSON.parse('{"constructor":{"prototype":{"polluted":true}}}'), false)
    expect(result).toEqual({ constructor: { prototype: { polluted: true } } })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
