import {
  bytesContentType,
  fromBytes,
  fromCloudEventJson,
  type Header,
  jsonCodec,
  toBody,
  toCloudEvent,
  toHeader,
} from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { toWireEvent } from './wire-event.ts'

const base = { id: '01J8ZQ7XKM3N5P6R8S9TAVBWCX', type: 'order.placed', from: 'shop/1', time: 1_767_323_045_006 }
const headers: readonly Header[] = [
  base,
  { ...base, id: 'other' },
  { ...base, time: 7 },
  { ...base, id: 'a "quoted" id' },
  { ...base, to: 'billing' },
  { ...base, type: 'order.paid' },
  { ...base, from: 'other' },
  { ...base, version: 2 },
  { ...base, delivery: 'at-least-once' },
  base,
  { ...base, replyTo: 'shop/1', correlationId: 'c', causationId: 'b', expiresAt: 9, key: 'k' },
  { ...base, traceparent: 't', tracestate: 's', extensions: { tenant: 'acmé' } },
].map(toHeader)

describe('an event on the wire', () => {
  it.each([{ a: [1, null, 'ü "x" \u2028 😀'] }, 'text', 42, null, [], ''])('says the same as core: %j', payload => {
    for (const header of headers) {
      const frame = { header, body: toBody(payload, jsonCodec) }
      const text = String(toWireEvent(frame))
      expect(JSON.parse(text)).toEqual(toCloudEvent(frame))
      expect(fromCloudEventJson(text).header).toEqual(header)
    }
  })

  it('holds other payloads as base64', () => {
    const header = { ...(headers[0] as Header), contentType: bytesContentType }
    const frame = { header, body: toBody(new Uint8Array([0, 255]), jsonCodec) }
    expect(JSON.parse(String(toWireEvent(frame)))).toMatchObject({ data_base64: 'AP8=' })
  })

  it('is refused for bytes from elsewhere that are no JSON', () => {
    const header = headers[0] as Header
    const frame = { header, body: fromBytes(Buffer.from('1},"id":"evil"'), 'application/json') }
    expect(() => toWireEvent(frame)).toThrow(/SM_CODEC_MALFORMED/)
  })
})
