import { describe, expect, it } from 'vitest'
import { optional } from '../../test/optional-attributes.ts'
import { type Frame, toHeader } from '../message/index.ts'
import { toBody } from './body.ts'
import { fromCloudEventHeaders, toCloudEventHeaders } from './cloudevents-headers.ts'
import { jsonCodec } from './json.ts'

const frame: Frame = {
  header: toHeader({
    id: '7',
    type: 'order.placed',
    from: 'shop',
    to: 'billing',
    time: Date.UTC(2026, 0, 1),
    contentType: 'application/json; charset=utf-8',
    key: 'Euro € 😀',
    extensions: { tenant: 'a"b%c d' },
  }),
  body: toBody({ a: 1 }, jsonCodec),
}

const least = {
  'ce-specversion': '1.0',
  'ce-id': '7',
  'ce-source': '/shop',
  'ce-type': 'order.placed',
  'ce-time': '2026-01-01T00:00:00Z',
}

const nothing = new Uint8Array()
const read = (headers: object, body = nothing, options?: Parameters<typeof fromCloudEventHeaders>[2]) =>
  fromCloudEventHeaders(Object.entries(headers), body, options)
const malformed = expect.objectContaining({ code: 'SM_CODEC_MALFORMED' })

describe('a header as CloudEvents headers', () => {
  it('is written as NATS wants it', () => {
    expect(toCloudEventHeaders(frame)).toStrictEqual({
      'content-type': 'application/json; charset=utf-8',
      'ce-specversion': '1.0',
      'ce-id': '7',
      'ce-source': 'shop',
      'ce-type': 'order.placed',
      'ce-time': '2026-01-01T00:00:00.000Z',
      'ce-datacontenttype': 'application/json;%20charset=utf-8',
      'ce-to': 'billing',
      'ce-partitionkey': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-smversion': '1',
      'ce-smdelivery': 'at-most-once',
      'ce-tenant': 'a%22b%25c%20d',
    })
  })

  it('is written as AMQP wants it: another prefix, and text as it is', () => {
    const headers = toCloudEventHeaders(frame, { prefix: 'cloudEvents:', percent: false })
    expect(headers).toMatchObject({ 'cloudEvents:partitionkey': 'Euro € 😀', 'cloudEvents:tenant': 'a"b%c d' })
    expect(Object.keys(headers).every(name => name === 'content-type' || name.startsWith('cloudEvents:'))).toBe(true)
  })
})

describe('CloudEvents headers', () => {
  it('may be in any case, and stand among others', () => {
    const headers = { 'CE-Tenant': 'x', 'Nats-Msg-Id': '7', traceparent: 'not ours', 'Ce-Subject': 's', ce: '' }
    const { header } = read({ ...least, ...headers })
    expect(header.extensions).toStrictEqual({ tenant: 'x', subject: 's' })
    expect(header.traceparent).toBeUndefined()
  })

  it('are read leniently: quoted, or encoded without need', () => {
    const { header } = read({ ...least, 'ce-id': '"a b"', 'ce-source': '%2fshop', 'ce-tenant': '100%' })
    expect(header).toMatchObject({ id: 'a b', from: '/shop', extensions: { tenant: '100%' } })
  })

  it('leave the reader to say what they do not', () => {
    const { header } = read({ ...least, 'ce-time': '2018-04-05T17:31:00Z' }, nothing, {
      now: 5,
      delivery: 'at-least-once',
    })
    expect(header).toMatchObject({ version: 1, delivery: 'at-least-once', time: Date.UTC(2018, 3, 5, 17, 31) })
    const { 'ce-time': _, ...timeless } = least
    expect(read(timeless, nothing, { now: 5 }).header.time).toBe(5)
    expect(() => read(timeless)).toThrow(malformed)
  })

  it.each([
    ['content-type', { 'Content-Type': 'application/json' }],
    ['ce-datacontenttype', { 'ce-datacontenttype': 'application/json' }],
    ['both, and then the second counts', { 'content-type': 'text/plain', 'ce-datacontenttype': 'application/json' }],
  ])('say what the body is by %s', (_, headers) => {
    const { header, body } = read({ ...least, ...headers }, Buffer.from('{"a":1}'))
    expect(header.contentType).toBe('application/json')
    expect(body.value()).toEqual({ a: 1 })
  })

  it('without a content type stand for bytes, and without a body for null', () => {
    expect(read(least, Buffer.from('{}')).body.value()).toEqual(new Uint8Array([0x7b, 0x7d]))
    expect(read(least).body.value()).toBeNull()
    expect(read({ ...least, 'content-type': 'text/json' }).body.value()).toBeNull()
    expect(read({ ...least, 'content-type': 'application/octet-stream' }).body.value()).toEqual(nothing)
  })

  it.each(Object.entries(optional))('take an empty %s for one that is not there', (name, attribute) => {
    expect(read({ ...least, [`ce-${name}`]: '' }).header[attribute]).toBeUndefined()
  })

  it.each(['ce-specversion', 'ce-id', 'ce-source', 'ce-type'])('are refused without %s', name => {
    const headers = Object.entries(least).filter(([other]) => other !== name)
    expect(() => fromCloudEventHeaders(headers, nothing)).toThrow(malformed)
    expect(() => read({ ...least, [name]: '' })).toThrow(malformed)
  })

  it.each([
    ['another specversion', { 'ce-specversion': '0.3' }],
    ['a time that is none', { 'ce-time': '7' }],
    ['a version that is none', { 'ce-smversion': '1.0' }],
    ['percent signs that do not encode UTF-8', { 'ce-tenant': '%C0%A0' }],
    ['one attribute twice', { 'CE-ID': '8' }],
  ])('are refused with %s', (_, headers) => {
    expect(() => read({ ...least, ...headers })).toThrow(malformed)
  })

  it.each([
    ['no name', { 'ce-': 'x' }],
    ['the name of the data', { 'ce-data': 'x' }],
    ['a name that objects treat specially', { 'ce-__proto__': 'x' }],
    ['a name with a dash', { 'ce-trace-id': 'x' }],
  ])('are refused with %s', (_, headers) => {
    expect(() => read({ ...least, ...headers })).toThrow(expect.objectContaining({ code: 'SM_NAME_INVALID' }))
  })

  it('are refused with a body above the limit', () => {
    expect(() => read(least, new Uint8Array(11), { maxBytes: 10 })).toThrow(
      expect.objectContaining({ code: 'SM_FRAME_TOO_LARGE' }),
    )
  })
})
