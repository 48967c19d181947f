import { type DeliveryLevel, type Frame, jsonCodec, toBody, toHeader } from '@sm/core/transport'

/** A frame of a sender that is nobody in particular. */
export function makeFrame(id: string, delivery: DeliveryLevel = 'at-least-once'): Frame {
  const header = toHeader({ id, type: 'order.placed', from: 'shop', time: 0, delivery })
  return { header, body: toBody(null, jsonCodec) }
}
