import { describe, expect, it } from 'vitest'
import { optional } from '../../test/optional-attributes.ts'
import { type Frame, type Json, toHeader } from '../message/index.ts'
import { toBody } from './body.ts'
import { toAttributes } from './cloudevents-attributes.ts'
import { fromCloudEventJson, toCloudEvent, toCloudEventJson } from './cloudevents-json.ts'
import { jsonCodec } from './json.ts'
import { msgpackCodec } from './msgpack.ts'
import { fromBytes } from './received-body.ts'

const header = toHeader({
  id: '01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  type: 'order.placed',
  version: 2,
  from: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  to: 'billing',
  replyTo: 'shop',
  correlationId: 'c1',
  causationId: 'd1',
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  expiresAt: Date.UTC(2026, 0, 2, 3, 4, 6),
  key: 'customer 7',
  delivery: 'at-least-once',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'vendor=1',
  extensions: { tenant: 'grün', subject: 'orders/7' },
})
const frame: Frame = { header, body: toBody({ total: 12 }, jsonCodec) }

/** The least that an event of a foreign sender has. */
const foreign = {
  specversion: '1.0',
  id: 'A234-1234-1234',
  source: '/mycontext?x=1',
  type: 'com.example.someevent',
  time: '2018-04-05T17:31:00Z',
}

const read = (event: object, options?: Parameters<typeof fromCloudEventJson>[1]) =>
  fromCloudEventJson(JSON.stringify(event), options)
const malformed = expect.objectContaining({ code: 'SM_CODEC_MALFORMED' })

describe('a frame as a CloudEvent', () => {
  it('has every attribute where CloudEvents looks for it', () => {
    expect(toCloudEvent(frame)).toStrictEqual({
      specversion: '1.0',
      id: header.id,
      source: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
      type: 'order.placed',
      time: '2026-01-02T03:04:05.006Z',
      datacontenttype: 'application/json',
      to: 'billing',
      replyto: 'shop',
      correlationid: 'c1',
      causationid: 'd1',
      expirytime: '2026-01-02T03:04:06.000Z',
      partitionkey: 'customer 7',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'vendor=1',
      smversion: 2,
      smdelivery: 'at-least-once',
      tenant: 'grün',
      subject: 'orders/7',
      data: { total: 12 },
    })
  })

  it('leaves out what the header does not have', () => {
    const least = toHeader({ id: '1', type: 'a', from: 'b', time: 0 })
    expect(Object.keys(toCloudEvent({ header: least, body: toBody(null, jsonCodec) })).sort()).toEqual(
      ['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'smversion', 'smdelivery', 'data'].sort(),
    )
  })

  it('has names that CloudEvents allows, and that no extension may take', () => {
    const names = Object.keys(toAttributes({ ...header, encodings: ['gzip'], extensions: undefined }))
    for (const name of names) {
      expect(name).toMatch(/^[a-z0-9]{1,20}$/)
      expect(() => toHeader({ ...header, extensions: { [name]: 'x' } })).toThrow(
        expect.objectContaining({ code: 'SM_NAME_INVALID' }),
      )
    }
  })

  it.each<readonly [string, Frame, string]>([
    [
      'bytes',
      {
        header: { ...header, contentType: 'application/octet-stream' },
        body: toBody(new Uint8Array([1, 255]), jsonCodec),
      },
      'Af8=',
    ],
    [
      'no bytes',
      { header: { ...header, contentType: 'application/octet-stream' }, body: toBody(new Uint8Array(), jsonCodec) },
      '',
    ],
    [
      'msgpack',
      { header: { ...header, contentType: msgpackCodec.contentType }, body: toBody([1], msgpackCodec) },
      'kQE=',
    ],
    [
      'what is encoded further',
      { header: { ...header, encodings: ['box'] }, body: fromBytes(new Uint8Array([9]), 'application/octet-stream') },
      'CQ==',
    ],
  ])('has %s in base64', (_, given, base64) => {
    const event = toCloudEvent(given)
    expect(event.data_base64).toBe(base64)
    expect('data' in event).toBe(false)
    const arrived = fromCloudEventJson(toCloudEventJson(given))
    expect(arrived.header).toStrictEqual(given.header)
    expect([...arrived.body.bytes()]).toEqual([...given.body.bytes()])
  })

  it('parses a JSON body that it passes on, so that its text cannot end the event and begin another', () => {
    const body = fromBytes(Buffer.from('1},"source":"evil"'), 'application/json')
    expect(() => toCloudEventJson({ header, body })).toThrow(malformed)
  })
})

describe('a CloudEvent of a foreign sender', () => {
  it('needs no more than CloudEvents asks for', () => {
    const { header, body } = read({ ...foreign, time: undefined }, { now: 1_234, delivery: 'at-least-once' })
    expect(header).toStrictEqual(
      toHeader({
        id: 'A234-1234-1234',
        from: '/mycontext?x=1',
        type: 'com.example.someevent',
        time: 1_234,
        version: 1,
        delivery: 'at-least-once',
      }),
    )
    expect(body.value()).toBeNull()
  })

  it('may say itself what the reader would assume', () => {
    const { header } = read({ ...foreign, smdelivery: 'at-most-once' }, { now: 1, delivery: 'at-least-once' })
    expect(header).toMatchObject({ delivery: 'at-most-once', time: Date.UTC(2018, 3, 5, 17, 31) })
  })

  it('keeps what we do not know as text: booleans and integers in their canonical form', () => {
    const more = { subject: 's', dataschema: 'https://x/y', flag: true, off: false, count: -42, unset: null, zero: 0 }
    expect(read({ ...foreign, ...more }).header.extensions).toStrictEqual({
      subject: 's',
      dataschema: 'https://x/y',
      flag: 'true',
      off: 'false',
      count: '-42',
      zero: '0',
    })
  })

  it.each<readonly [string, object, Json]>([
    ['an object', { data: { a: [1] } }, { a: [1] }],
    ['a text', { data: "I'm just a string" }, "I'm just a string"],
    ['a number', { data: 1.5, datacontenttype: 'text/json' }, 1.5],
    ['null', { data: null }, null],
    ['null, of whatever type', { data: null, datacontenttype: 'application/xml' }, null],
    ['nothing, of whatever type', { datacontenttype: 'application/xml' }, null],
    ['JSON of some vendor', { data: [true], datacontenttype: 'application/vnd.x+json' }, [true]],
    ['JSON in base64', { data_base64: 'eyJhIjoxfQ==', datacontenttype: 'application/json' }, { a: 1 }],
  ])('may carry %s', (_, more, value) => {
    expect(read({ ...foreign, ...more }).body.value()).toEqual(value)
  })

  it('carries bytes when it has base64 and does not say of what type', () => {
    const { header, body } = read({ ...foreign, data_base64: 'AQI=' })
    expect(header.contentType).toBe('application/octet-stream')
    expect(body.value()).toEqual(new Uint8Array([1, 2]))
  })

  it('carries text of another type as the bytes of that text', () => {
    const { header, body } = read({ ...foreign, datacontenttype: 'application/xml', data: '<a ü="1"/>' })
    expect(header.contentType).toBe('application/xml')
    expect(Buffer.from(body.bytes()).toString('utf8')).toBe('<a ü="1"/>')
  })

  it('hands over a payload that is frozen', () => {
    const value = read({ ...foreign, data: { a: [1] } }).body.value() as { a: number[] }
    expect([value, value.a].every(Object.isFrozen)).toBe(true)
  })

  it.each(['specversion', 'id', 'source', 'type'])('is refused without %s', name => {
    expect(() => read({ ...foreign, [name]: undefined })).toThrow(malformed)
    expect(() => read({ ...foreign, [name]: null })).toThrow(malformed)
    expect(() => read({ ...foreign, [name]: '' })).toThrow(malformed)
  })

  it.each(Object.entries(optional))('takes an empty %s for one that is not there', (name, attribute) => {
    expect(read({ ...foreign, [name]: '' }).header[attribute]).toBeUndefined()
  })

  it('is refused without a time when the reader has none either', () => {
    expect(() => read({ ...foreign, time: undefined })).toThrow(malformed)
  })

  it.each<readonly [string, object]>([
    ['another specversion', { specversion: '0.3' }],
    ['a specversion that is a number', { specversion: 1 }],
    ['a time that is none', { time: 'yesterday' }],
    ['a time of 1969', { time: '1969-12-31T23:59:59Z' }],
    ['an expiry that is no time', { expirytime: '7' }],
    ['a version that is no integer', { smversion: 'two' }],
    ['a version with a fraction', { smversion: 1.5 }],
    ['data and base64', { data: 1, data_base64: 'AQ==' }],
    ['base64 that is a number', { data_base64: 7 }],
    ['base64 of a wrong length', { data_base64: 'AQI' }],
    ['base64 with other characters', { data_base64: 'A*I=' }],
    ['base64 with white space', { data_base64: 'AQ I' }],
    ['base64 with padding within', { data_base64: 'AQ==AQ==' }],
    ['base64 of nothing but padding', { data_base64: '====' }],
    ['an attribute that is an object', { tenant: {} }],
    ['an attribute that is a list', { tenant: ['a'] }],
    ['an attribute with a fraction', { tenant: 0.5 }],
    ['data that is no text, of a type that is not JSON', { datacontenttype: 'text/plain', data: {} }],
    ['data in the clear that is said to be encoded', { smencodings: 'gzip', data: {} }],
  ])('is refused with %s', (_, more) => {
    expect(() => read({ ...foreign, ...more })).toThrow(malformed)
  })

  it.each(['', 'null', '[]', '"text"', '7', '{', '{"a":1}}', '\uFEFF{}', '{"__proto__":{}}'])(
    'is refused as the text %j',
    text => {
      expect(() => fromCloudEventJson(text)).toThrow(malformed)
      expect(() => fromCloudEventJson(Buffer.from(text))).toThrow(malformed)
    },
  )

  it('is refused with data that no payload can be', () => {
    const text = JSON.stringify({ ...foreign, data: 'here' })
    for (const data of ['1e999', '"\\ud800"', '['.repeat(200) + ']'.repeat(200)]) {
      expect(() => fromCloudEventJson(text.replace('"here"', data))).toThrow(malformed)
    }
  })

  it('is refused as bytes that are not UTF-8', () => {
    const text = JSON.stringify({ ...foreign, tenant: 'X' })
    const bytes = Buffer.from(text)
    bytes[text.indexOf('X')] = 0xff
    expect(() => fromCloudEventJson(bytes)).toThrow(malformed)
  })

  it('is refused as a message when it breaks the rules of one', () => {
    expect(() => read({ ...foreign, type: 'a b' })).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
    expect(() => read({ ...foreign, to: '../x' })).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
    expect(() => read({ ...foreign, traceId: 'x' })).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
    expect(() => read({ ...foreign, smversion: 0 })).toThrow(expect.objectContaining({ code: 'SM_HEADER_INVALID' }))
    expect(() => read({ ...foreign, datacontenttype: 'json', data: 1 })).toThrow(
      expect.objectContaining({ code: 'SM_HEADER_INVALID' }),
    )
  })

  it('is refused above the limit, before it is parsed', () => {
    const limit = expect.objectContaining({ code: 'SM_FRAME_TOO_LARGE' })
    const text = JSON.stringify({ ...foreign, data: 'ü' })
    const bytes = Buffer.from(text)
    expect(() => fromCloudEventJson(text, { maxBytes: bytes.length - 1 })).toThrow(limit)
    expect(() => fromCloudEventJson(bytes, { maxBytes: bytes.length - 1 })).toThrow(limit)
    expect(() => fromCloudEventJson('{'.repeat(100), { maxBytes: 10 })).toThrow(limit)
    expect(fromCloudEventJson(text, { maxBytes: bytes.length }).body.value()).toBe('ü')
  })

  it('is never quoted by an error', () => {
    for (const text of [
      'hunter2',
      JSON.stringify({ ...foreign, time: 'hunter2' }),
      JSON.stringify({ ...foreign, data_base64: 'hunter2' }),
    ]) {
      expect(() => fromCloudEventJson(text)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      )
    }
  })
})
