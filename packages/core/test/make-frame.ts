import { jsonCodec, toBody } from '../src/codec/index.ts'
import type { Frame, Header, Payload } from '../src/message/index.ts'

let made = 0

/** A frame as one agent might send it; `attributes` override what would be in its header. */
export function makeFrame(attributes: Partial<Header> = {}, payload: Payload = { n: 1 }): Frame {
  const header: Header = {
    id: `frame-${++made}`,
    type: 'order.placed',
    version: 1,
    from: 'shop/01J00000000000000000000000',
    to: undefined,
    replyTo: undefined,
    correlationId: undefined,
    causationId: undefined,
    time: Date.UTC(2026, 0, 1),
    expiresAt: undefined,
    key: undefined,
    delivery: 'at-least-once',
    contentType: 'application/json',
    encodings: undefined,
    traceparent: undefined,
    tracestate: undefined,
    extensions: undefined,
    ...attributes,
  }
  return { header, body: toBody(payload, jsonCodec) }
}
