import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentDecode, percentEncode } from './percent.ts'

describe('percent-encoding', () => {
  it('does what the example of the specification does', () => {
    expect(percentEncode('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80')
    expect(percentDecode('Euro%20%E2%82%AC%20%F0%9F%98%80')).toBe('Euro € 😀')
  })

  it('encodes space, double quote, percent, and all that is not printable ASCII, and nothing else', () => {
    for (let code = 0; code < 0x180; code++) {
      const char = String.fromCharCode(code)
      const plain = code >= 0x21 && code <= 0x7e && char !== '"' && char !== '%'
      const hex = [...Buffer.from(char)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
      expect(percentEncode(char)).toBe(plain ? char : hex)
    }
  })

  it('is undone by decoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
        expect(percentDecode(percentEncode(text))).toBe(text)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['%41%62', 'Ab'],
    ['%e2%82%ac', '€'],
    ['100%', '100%'],
    ['%zz%4', '%zz%4'],
    ['%2541', '%41'],
    ['"a b"', 'a b'],
    ['"say \\"hi\\" \\\\"', 'say "hi" \\'],
    ['"Euro%20%E2%82%AC"', 'Euro €'],
    ['"', '"'],
    ['grün', 'grün'],
  ])('reads %s leniently as %s', (value, text) => {
    expect(percentDecode(value)).toBe(text)
  })

  it.each(['%C0%A0', '%FF', '%E2%82', '%ED%A0%80', 'a%80b', '%E2x%82%AC'])('refuses %s, which is not UTF-8', value => {
    expect(() => percentDecode(value)).toThrow(URIError)
  })
})
