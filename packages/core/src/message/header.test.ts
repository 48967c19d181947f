import { describe, expect, it } from 'vitest'
import { type Header, maxExtensions, maxTime, toHeader } from './header.ts'
import { nameLimits } from './names.ts'

const least = { id: '1', type: 'order.placed', from: 'shop', time: 0 }

const whole = {
  id: '01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  type: 'order.placed',
  version: 3,
  from: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  to: 'billing',
  replyTo: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  correlationId: 'c',
  causationId: 'd',
  time: 1_767_225_600_000,
  expiresAt: 1_767_225_601_000,
  key: 'customer 7, „Müller“ 🛒',
  delivery: 'at-least-once',
  contentType: 'application/json; charset=utf-8',
  encodings: ['gzip', 'sm-box.1'],
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'vendor=1',
  extensions: { tenant: 'ümläut', empty: '' },
} satisfies Header

const refused: ReadonlyArray<readonly [attribute: string, value: unknown]> = [
  ...['id', 'from', 'correlationId', 'causationId', 'key', 'traceparent', 'tracestate'].flatMap(
    name =>
      [
        [name, ''],
        [name, 7],
        [name, null],
        [name, ['a']],
        [name, 'a'.repeat(nameLimits.text + 1)],
        [name, 'a\nb'],
        [name, 'a\u0000'],
        [name, 'a\u009f'],
        [name, 'a\ud800b'],
      ] as const,
  ),
  ...[0, -1, 1.5, 65_536, Number.NaN, '1', null].map(value => ['version', value] as const),
  ...['exactly-once', '', null, 1].map(value => ['delivery', value] as const),
  ...['time', 'expiresAt'].flatMap(name =>
    [-1, 0.5, maxTime + 1, Number.NaN, Number.POSITIVE_INFINITY, '0', null].map(value => [name, value] as const),
  ),
  ...['json', 'a/b/c', 'a/b\n', 'text/plain ', 'a b/c', 'ä/b', '/json', 'a/b;', `a/${'b'.repeat(600)}`].map(
    value => ['contentType', value] as const,
  ),
  ...['gzip', [''], ['a,b'], ['a b'], [7], Array(9).fill('gzip'), ['a'.repeat(41)]].map(
    value => ['encodings', value] as const,
  ),
  ...['text', null, 7].map(value => ['extensions', value] as const),
  ...[7, null, 'a\nb', '\udc00', 'a'.repeat(nameLimits.extension + 1)].map(
    value => ['extensions', { tenant: value }] as const,
  ),
  ['extensions', Object.fromEntries(Array.from({ length: maxExtensions + 1 }, (_, i) => [`x${i}`, '']))],
]

describe('a header', () => {
  it('has every attribute, absent ones as undefined', () => {
    expect(toHeader(least)).toStrictEqual({
      ...least,
      version: 1,
      to: undefined,
      replyTo: undefined,
      correlationId: undefined,
      causationId: undefined,
      expiresAt: undefined,
      key: undefined,
      delivery: 'at-most-once',
      contentType: 'application/json',
      encodings: undefined,
      traceparent: undefined,
      tracestate: undefined,
      extensions: undefined,
    })
  })

  it('keeps what it is given, and is legal as a header again', () => {
    expect(toHeader(whole)).toStrictEqual(whole)
    expect(toHeader(toHeader(whole))).toStrictEqual(whole)
  })

  it('has the same shape whichever attributes are given', () => {
    expect(Object.keys(toHeader(least))).toEqual(Object.keys(toHeader(whole)))
  })

  it('takes empty lists and objects for none', () => {
    expect(toHeader({ ...least, encodings: [], extensions: {} })).toStrictEqual(toHeader(least))
  })

  it('ignores attributes that it does not know', () => {
    expect(toHeader({ ...least, admin: true } as object)).toStrictEqual(toHeader(least))
  })

  it.each(['id', 'type', 'from', 'time'])('is refused without %s', name => {
    expect(() => toHeader({ ...whole, [name]: undefined })).toThrow(
      expect.objectContaining({ code: 'SM_HEADER_INVALID', details: { attribute: name } }),
    )
  })

  it.each(refused)('is refused when %s is %j', (name, value) => {
    expect(() => toHeader({ ...whole, [name]: value })).toThrow(expect.objectContaining({ code: 'SM_HEADER_INVALID' }))
  })

  it.each([
    ['type', 'order placed'],
    ['type', '../order'],
    ['to', '../billing'],
    ['to', 'billing/01J/x'],
    ['replyTo', 'Shop'],
    ['extensions', { Tenant: 'x' }],
    ['extensions', { replyto: 'x' }],
    ['extensions', JSON.parse('{"__proto__":"x"}')],
  ])('is refused when %s is the bad name %j', (name, value) => {
    expect(() => toHeader({ ...whole, [name]: value })).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
  })

  it('lets a foreign sender be any text, a URI among them', () => {
    expect(toHeader({ ...least, from: 'https://example.com/orders?a=1#b' }).from).toBe(
      'https://example.com/orders?a=1#b',
    )
  })

  it('never shows a value in its errors', () => {
    expect(() => toHeader({ ...whole, key: 'secret\n' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    )
  })
})
