import { describeThrown, isSmError } from '../errors/index.ts'
import type { Body, Frame, Header, Json } from '../message/index.ts'
import { bytesContentType } from './body.ts'
import { type CloudEventOptions, fromAttributes, refuseEvent, toAttributes } from './cloudevents-attributes.ts'
import { isJsonType } from './find-codec.ts'
import { parseJson, utf8Text } from './json.ts'
import { fromBytes, fromValue, receivedBody } from './received-body.ts'
import { checkSize } from './size-limit.ts'

/**
 * A frame as a CloudEvents 1.0 event in JSON (structured mode): its attributes and, beside them, a JSON payload as
 * `data` or any other body as `data_base64`.
 */
export function toCloudEvent(frame: Frame): Record<string, unknown> {
  const { header, body } = frame
  const event: Record<string, unknown> = toAttributes(header)
  if (header.encodings === undefined && isJsonType(header.contentType)) {
    event.data = body.value()
  } else {
    const bytes = body.bytes()
    event.data_base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  }
  return event
}

/** {@link toCloudEvent} as text, of media type `application/cloudevents+json`. */
export function toCloudEventJson(frame: Frame): string {
  return JSON.stringify(toCloudEvent(frame))
}

function parse(text: string | Uint8Array): Record<string, Json> {
  let event: Json
  try {
    event = parseJson(typeof text === 'string' ? text : utf8Text(text))
  } catch (cause) {
    return refuseEvent(`cannot be read: ${describeThrown(cause)}`, cause)
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return refuseEvent('is not a JSON object')
  return event as Record<string, Json>
}

/** The canonical string of an attribute: text as it is, `true`, `42`. */
function canonical(name: string, value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value)
  return refuseEvent(`has the attribute ${JSON.stringify(name.slice(0, 40))}, which is not text, boolean or integer`)
}

function attributesOf(event: Readonly<Record<string, Json>>): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const name in event) {
    const value = event[name] as Json
    // By the specification, null is the same as absent.
    if (value === null || name === 'data' || name === 'data_base64') continue
    attributes.set(name, canonical(name, value))
  }
  return attributes
}

function fromBase64(text: Json): Uint8Array {
  if (typeof text !== 'string') return refuseEvent('has a "data_base64" that is not a text')
  const bytes = Buffer.from(text, 'base64')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  // Node skips what is not base64: then there are fewer bytes than the text stands for.
  if (text.length % 4 !== 0 || bytes.length !== (text.length / 4) * 3 - padding) {
    refuseEvent('has a "data_base64" that is not base64')
  }
  return bytes
}

function fromData(header: Header, data: Json): Body {
  if (header.encodings !== undefined) return refuseEvent('has "smencodings", but "data" instead of "data_base64"')
  if (!isJsonType(header.contentType)) {
    if (typeof data !== 'string') return refuseEvent('has "data" that is not a text, and not declared as JSON')
    return fromBytes(Buffer.from(data, 'utf8'), header.contentType)
  }
  try {
    return fromValue(data, header.contentType)
  } catch (cause) {
    if (isSmError(cause)) throw cause
    return refuseEvent(`has "data" that no payload can be (${describeThrown(cause)})`, cause)
  }
}

/**
 * The frame of a CloudEvents 1.0 event in JSON, of ours or of a foreign sender. No data at all is the payload `null`;
 * `data_base64` without `datacontenttype` is bytes.
 *
 * Throws `SM_CODEC_MALFORMED` for text that is no event, `SM_FRAME_TOO_LARGE` above `maxBytes`, and what `toHeader`
 * throws for an event that cannot be a message.
 */
export function fromCloudEventJson(text: string | Uint8Array, options?: CloudEventOptions): Frame {
  checkSize(typeof text === 'string' ? Buffer.byteLength(text) : text.length, options)
  const event = parse(text)
  const { data, data_base64: base64 } = event
  const attributes = attributesOf(event)
  if (base64 !== undefined && base64 !== null) {
    if (data !== undefined) return refuseEvent('has both "data" and "data_base64"')
    if (!attributes.has('datacontenttype')) attributes.set('datacontenttype', bytesContentType)
    const header = fromAttributes(attributes, options)
    return { header, body: receivedBody(header, fromBase64(base64)) }
  }
  // Null has no form in other media types.
  if (data === undefined || data === null) dropForeignType(attributes)
  const header = fromAttributes(attributes, options)
  return { header, body: fromData(header, data ?? null) }
}

function dropForeignType(attributes: Map<string, string>): void {
  const contentType = attributes.get('datacontenttype')
  if (contentType !== undefined && !isJsonType(contentType)) attributes.delete('datacontenttype')
}
