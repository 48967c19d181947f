import { describe, expect, it } from 'vitest'
import { jsonCodec, parseJson, utf8Text } from './json.ts'
import { fromBytes } from './received-body.ts'

const decode = (text: string | Uint8Array) => fromBytes(Buffer.from(text as string), 'application/json').value()
const malformed = expect.objectContaining({ code: 'SM_CODEC_MALFORMED' })

describe('JSON bodies', () => {
  it('are UTF-8 text', () => {
    expect(Buffer.from(jsonCodec.encode({ a: ['ü', '🛒'] })).toString('utf8')).toBe('{"a":["ü","🛒"]}')
  })

  it.each(['', ' ', '{', '[1,]', 'undefined', "{'a':1}", '1 2', 'NaN', '\uFEFF1', '[1'.repeat(9)])(
    'are refused as %j',
    text => {
      expect(() => decode(text)).toThrow(malformed)
    },
  )

  it.each([
    ['a byte that begins nothing', [0x22, 0xff, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xa0, 0x22]],
    ['half a surrogate pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character that is cut off', [0x22, 0xe2, 0x82, 0x22]],
  ])('are refused with %s, instead of being changed', (_, bytes) => {
    expect(() => decode(new Uint8Array(bytes))).toThrow(malformed)
  })

  it('may hold the character that decoders put in the place of others', () => {
    expect(decode('"\uFFFD"')).toBe('\uFFFD')
    expect(utf8Text(Buffer.from('\uFFFD'))).toBe('\uFFFD')
  })

  it.each(['{"__proto__":1}', '{"a":[{"__proto__" : {}}]}', '{"\\u005f_proto__":1}', '{"__pr\\u006Fto__":1}'])(
    'are refused with a key that objects treat specially: %s',
    text => {
      expect(() => decode(text)).toThrow(malformed)
    },
  )

  it('may say __proto__ in a text', () => {
    expect(decode('["__proto__","\\"__proto__\\": 1"]')).toEqual(['__proto__', '"__proto__": 1'])
  })

  it.each([
    ['a number beyond all', '[1e999]'],
    ['half a surrogate pair in an escape', '{"a":"\\ud800"}'],
    ['half a surrogate pair in a key', '{"\\udfff":1}'],
    ['more nesting than a payload may have', `${'['.repeat(129)}${']'.repeat(129)}`],
    ['nesting without measure', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
  ])('are refused with %s, which no sender of ours could send', (_, text) => {
    expect(() => decode(text)).toThrow(malformed)
  })

  it('may nest as deep as a payload may', () => {
    decode('['.repeat(128) + ']'.repeat(128))
  })

  it('are never quoted by an error', () => {
    for (const text of ['hunter2', '{"password":hunter2}', '"hunter2']) {
      try {
        decode(text)
        expect.unreachable()
      } catch (error) {
        expect(JSON.stringify([(error as Error).message, String((error as Error).cause)])).not.toContain('hunter2')
      }
      expect(() => parseJson(text)).toThrow(SyntaxError)
    }
  })
})
