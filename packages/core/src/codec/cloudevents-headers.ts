import type { Frame } from '../message/index.ts'
import { bytesContentType } from './body.ts'
import { type CloudEventOptions, fromAttributes, refuseEvent, toAttributes } from './cloudevents-attributes.ts'
import { isJsonType } from './find-codec.ts'
import { percentDecode, percentEncode } from './percent.ts'
import { fromValue, receivedBody } from './received-body.ts'
import { checkSize } from './size-limit.ts'

/** How a wire writes the attributes of an event as headers. The defaults are those of NATS. */
export interface CloudEventHeaderOptions {
  /** The prefix of each name. Default `ce-`. */
  readonly prefix?: string | undefined
  /** Whether values are percent-encoded, for wires whose headers are ASCII. Default true; AMQP takes text as it is. */
  readonly percent?: boolean | undefined
}

const contentTypeName = 'content-type'

/**
 * The header of a frame as those of a CloudEvents 1.0 event in binary mode; its body goes beside them as
 * `frame.body.bytes()`. The content type is there twice: under its prefix, as NATS has it, and as `content-type`, as
 * other wires have it, in headers or in a property of their own.
 */
export function toCloudEventHeaders(
  frame: Pick<Frame, 'header'>,
  options?: CloudEventHeaderOptions,
): Record<string, string> {
  const { prefix = 'ce-', percent = true } = options ?? {}
  const headers: Record<string, string> = { [contentTypeName]: frame.header.contentType }
  const attributes = toAttributes(frame.header)
  for (const name in attributes) {
    const value = String(attributes[name])
    headers[prefix + name] = percent ? percentEncode(value) : value
  }
  return headers
}

function decode(name: string, value: string): string {
  try {
    return percentDecode(value)
  } catch (cause) {
    return refuseEvent(`has the header ${JSON.stringify(name.slice(0, 40))}, which does not encode UTF-8`, cause)
  }
}

/**
 * The frame of a CloudEvents 1.0 event in binary mode. Names of headers may be in any case, those of others are passed
 * over. Without a content type, a body is bytes, and no body is the payload `null`.
 *
 * Throws `SM_CODEC_MALFORMED` for headers that are no event, `SM_FRAME_TOO_LARGE` for a body above `maxBytes`, and what
 * `toHeader` throws for an event that cannot be a message. The body must not change afterwards.
 */
export function fromCloudEventHeaders(
  headers: Iterable<readonly [string, string]>,
  body: Uint8Array,
  options?: CloudEventOptions & CloudEventHeaderOptions,
): Frame {
  checkSize(body.length, options)
  const { prefix = 'ce-', percent = true } = options ?? {}
  const wanted = prefix.toLowerCase()
  const attributes = new Map<string, string>()
  let contentType: string | undefined
  for (const [header, value] of headers) {
    const name = header.toLowerCase()
    if (name === contentTypeName) contentType = value
    if (!name.startsWith(wanted)) continue
    const attribute = name.slice(wanted.length)
    if (attributes.has(attribute)) refuseEvent(`has two headers for ${JSON.stringify(attribute.slice(0, 40))}`)
    attributes.set(attribute, percent ? decode(name, value) : value)
  }
  if (!attributes.has('datacontenttype')) {
    if (contentType !== undefined) attributes.set('datacontenttype', contentType)
    else if (body.length > 0) attributes.set('datacontenttype', bytesContentType)
  }
  const header = fromAttributes(attributes, options)
  // JSON has no empty text: an event without data is meant.
  if (body.length === 0 && header.encodings === undefined && isJsonType(header.contentType)) {
    return { header, body: fromValue(null, header.contentType) }
  }
  return { header, body: receivedBody(header, body) }
}
