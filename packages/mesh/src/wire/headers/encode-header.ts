import { type Body, encodeFrame, type Header } from '@sm/core/transport'

const nothing = new Uint8Array(0)

/** A frame without its body, which stands at the end of a whole one. */
export function encodeHeader(header: Header): Uint8Array {
  const body: Body = { contentType: header.contentType, value: () => nothing, bytes: () => nothing }
  return encodeFrame({ header, body })
}
