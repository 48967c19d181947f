import { CloudEvent, type CloudEventV1, HTTP, type Message } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { type Frame, type Payload, toHeader } from '../message/index.ts'
import { bytesContentType, toBody } from './body.ts'
import { fromCloudEventHeaders, toCloudEventHeaders } from './cloudevents-headers.ts'
import { fromCloudEventJson, toCloudEventJson } from './cloudevents-json.ts'
import { jsonCodec } from './json.ts'

/** The SDK of the CloudEvents project as the other side. */
const structuredHeaders = { 'content-type': 'application/cloudevents+json; charset=utf-8' }

function frameOf(payload: Payload): Frame {
  const body = toBody(payload, jsonCodec)
  const header = toHeader({
    id: '01J8ZQ7XKM3N5P6R8S9TAVBWCX',
    type: 'order.placed',
    version: 2,
    from: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
    to: 'billing',
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    contentType: body.contentType,
    correlationId: 'c1',
    delivery: 'at-least-once',
    extensions: { tenant: 'acme', subject: 'orders/7' },
  })
  return { header, body }
}

const attributes = {
  specversion: '1.0',
  id: '01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  source: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
  type: 'order.placed',
  time: '2026-01-02T03:04:05.006Z',
  subject: 'orders/7',
  to: 'billing',
  correlationid: 'c1',
  smdelivery: 'at-least-once',
  tenant: 'acme',
}

function toSdk(message: { headers: Record<string, string>; body: unknown }): CloudEventV1<unknown> {
  const event = HTTP.toEvent(message as unknown as Message) as CloudEvent<unknown>
  expect(event.validate()).toBe(true)
  return event
}

describe('the SDK of CloudEvents understands our events', () => {
  it('in structured mode, with JSON', () => {
    const event = toSdk({ headers: structuredHeaders, body: toCloudEventJson(frameOf({ total: 12, text: 'ü' })) })
    expect(event).toMatchObject({ ...attributes, smversion: 2, datacontenttype: 'application/json' })
    expect(event.data).toEqual({ total: 12, text: 'ü' })
  })

  it('in structured mode, with bytes', () => {
    const event = toSdk({ headers: structuredHeaders, body: toCloudEventJson(frameOf(new Uint8Array([1, 2, 255]))) })
    expect(event).toMatchObject({ ...attributes, datacontenttype: bytesContentType, data_base64: 'AQL/' })
  })

  it('in binary mode', () => {
    const frame = frameOf({ total: 12 })
    // HTTP, unlike NATS, has the content type under one name only.
    const { 'ce-datacontenttype': _, ...headers } = toCloudEventHeaders(frame)
    const event = toSdk({ headers, body: Buffer.from(frame.body.bytes()).toString('utf8') })
    expect(event).toMatchObject({ ...attributes, smversion: '2', datacontenttype: 'application/json' })
    expect(event.data).toEqual({ total: 12 })
  })
})

const theirs = {
  id: 'A234-1234-1234',
  source: 'https://github.com/cloudevents/spec/pull',
  type: 'com.github.pull_request.opened',
  time: '2018-04-05T17:31:00.000Z',
  subject: '123',
  comexampleother: 5,
  flag: true,
}

const expected = {
  id: 'A234-1234-1234',
  from: 'https://github.com/cloudevents/spec/pull',
  type: 'com.github.pull_request.opened',
  time: Date.UTC(2018, 3, 5, 17, 31),
  version: 1,
  delivery: 'at-least-once',
  extensions: { subject: '123', comexampleother: '5', flag: 'true' },
}

describe.each<readonly [string, (event: CloudEvent<unknown>) => Frame]>([
  ['structured', event => fromCloudEventJson(HTTP.structured(event).body as string, { delivery: 'at-least-once' })],
  [
    'binary',
    event => {
      const { headers, body } = HTTP.binary(event)
      const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
      return fromCloudEventHeaders(pairs, Buffer.from((body ?? '') as string), { delivery: 'at-least-once' })
    },
  ],
])('we understand its events in %s mode', (_, through) => {
  it('with JSON', () => {
    const frame = through(new CloudEvent({ ...theirs, datacontenttype: 'application/json', data: { a: ['ü'] } }))
    expect(frame.header).toMatchObject({ ...expected, contentType: 'application/json' })
    expect(frame.body.value()).toEqual({ a: ['ü'] })
  })

  it('without data', () => {
    const frame = through(new CloudEvent(theirs))
    expect(frame.header).toMatchObject(expected)
    expect(frame.body.value()).toBeNull()
  })

  it('with bytes', () => {
    const data = new Uint8Array([1, 2, 3])
    const frame = through(new CloudEvent({ ...theirs, datacontenttype: bytesContentType, data }))
    expect(frame.header).toMatchObject({ ...expected, contentType: bytesContentType })
    expect(frame.body.value()).toEqual(data)
  })
})
