import {
  type Address,
  type Codec,
  type DeliveryLevel,
  type Frame,
  formatAgentRef,
  type Header,
  type Ids,
  type Payload,
  toBody,
} from '@sm/core/transport'

/** The sender of frames, and how it makes them. */
export interface FrameOrigin {
  readonly ids: Ids
  readonly codec: Codec
  /** The sender, `agent/instance`. */
  readonly from: string
  readonly delivery: DeliveryLevel
}

/** A frame as an agent would make it for `address`; `attributes` override what would be in its header. */
export function makeFrame(
  { ids, codec, from, delivery }: FrameOrigin,
  address: Address,
  payload: Payload,
  attributes: Partial<Header> = {},
): Frame {
  const body = toBody(payload, codec)
  const header: Header = {
    id: ids.next(),
    type: address.kind === 'topic' ? address.topic : 'conformance.direct',
    version: 1,
    from,
    to: address.kind === 'inbox' ? formatAgentRef(address) : undefined,
    replyTo: undefined,
    correlationId: undefined,
    causationId: undefined,
    time: Date.now(),
    expiresAt: undefined,
    key: undefined,
    delivery,
    contentType: body.contentType,
    encodings: undefined,
    traceparent: undefined,
    tracestate: undefined,
    extensions: undefined,
    ...attributes,
  }
  return { header, body }
}
