import type { Msg } from '@nats-io/transport-node'
import { fromTimestamp, ReadHeaderKinds } from '@sm/brokered'
import {
  type CloudEventOptions,
  compactVersion,
  decodeFrame,
  type Frame,
  fromCloudEventHeaders,
  fromCloudEventJson,
  type Header,
  nameLimits,
  receivedBody,
} from '@sm/core/transport'
import { firstLine } from './write-event.ts'

interface Inside {
  readonly _rdata?: unknown
  readonly _msg?: { readonly hdr?: unknown }
}

/** The headers of a message as text. The client has no way to get at it, so it is taken from within, if it is there. */
export function headerText(msg: Msg): string {
  const { _rdata: data, _msg: arg } = msg as unknown as Inside
  if (data instanceof Uint8Array && typeof arg?.hdr === 'number') {
    if (arg.hdr <= 0) return ''
    return Buffer.from(data.buffer, data.byteOffset, arg.hdr).toString('latin1')
  }
  let text = firstLine
  for (const [name, values] of msg.headers ?? []) for (const value of values) text += `${name}: ${value}\r\n`
  return text
}

/** Headers from their text, in order. */
export function parseHeaders(text: string): Array<readonly [string, string]> {
  const headers: Array<readonly [string, string]> = []
  const lines = text.split('\r\n')
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string
    const colon = line.indexOf(':')
    if (colon > 0) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
  }
  return headers
}

/** The attributes that differ between messages of one header kind. */
type Changing = Pick<Header, 'id' | 'time' | 'expiresAt' | 'correlationId' | 'causationId'>
type Read = { -readonly [Name in keyof Changing]?: Changing[Name] }

const texts = { 'ce-id': 'id', 'ce-correlationid': 'correlationId', 'ce-causationid': 'causationId' } as const
const times = { 'ce-time': 'time', 'ce-expirytime': 'expiresAt' } as const
/** A value that stands for itself, and is legal in any attribute. */
const PLAIN = /^[!#$&-~]+$/
/** Where what is common to messages of one kind ends, as `eventHeaders` writes them. */
const boundary = '\r\nce-id: '
const known = new ReadHeaderKinds()

/** Reads what differs. Undefined when there is more to it than fits here: then everything is read from the beginning. */
function parseChanging(text: string, from: number): Changing | undefined {
  const changing: Read = {}
  let start = from
  while (start < text.length) {
    const end = text.indexOf('\r\n', start)
    if (end < 0) return undefined
    if (end === start) break
    const colon = text.indexOf(': ', start)
    if (colon < 0 || colon > end) return undefined
    const name = text.slice(start, colon)
    const value = text.slice(colon + 2, end)
    start = end + 2
    if (name === 'Nats-Msg-Id') continue
    if (!read(changing, name, value)) return undefined
  }
  const { id, time, expiresAt, correlationId, causationId } = changing
  return id === undefined || time === undefined ? undefined : { id, time, expiresAt, correlationId, causationId }
}

function read(changing: Read, name: string, value: string): boolean {
  if (Object.hasOwn(texts, name)) {
    const key = texts[name as keyof typeof texts]
    if (changing[key] !== undefined || value.length > nameLimits.text || !PLAIN.test(value)) return false
    changing[key] = value
    return true
  }
  if (!Object.hasOwn(times, name)) return false
  const key = times[name as keyof typeof times]
  const time = fromTimestamp(value)
  if (changing[key] !== undefined || time === undefined) return false
  changing[key] = time
  return true
}

/** Whether a message is an event in JSON as a whole: it says so, or says nothing at all. */
function isStructured(headers: readonly (readonly [string, string])[]): boolean {
  const names = headers.map(([name]) => name.toLowerCase())
  if (names.some(name => name.startsWith('ce-'))) return false
  const type = headers[names.indexOf('content-type')]?.[1]
  return type === undefined || /^application\/cloudevents\+json\b/i.test(type)
}

/** Headers of an event, whatever their case. */
const EVENT = /^(?:ce-|content-type:)/im

/** Whether a message is a frame in the compact form. It has no headers of an event, and JSON never begins so. */
function isCompact(headers: string, data: Uint8Array): boolean {
  return data[0] === compactVersion && (headers === '' || !EVENT.test(headers))
}

/**
 * The frame that a message carries, in the compact form or as an event in binary or structured mode. What messages of one
 * kind have in common is read and checked once, where it comes first. Throws what `fromCloudEventHeaders` and `decodeFrame` throw.
 */
export function toFrame(msg: Msg, options: CloudEventOptions): Frame {
  const text = headerText(msg)
  const { data } = msg
  if (isCompact(text, data)) return decodeFrame(data, options)
  const common = text.slice(0, text.indexOf(boundary) + 2)
  const kind = known.get(common)
  const changing = data.length > 0 ? parseChanging(text, common.length) : undefined
  if (kind && changing) {
    const { id, time, expiresAt, correlationId, causationId } = changing
    const header: Header = { ...kind, id, time, expiresAt, correlationId, causationId }
    return { header, body: receivedBody(header, data) }
  }
  const headers = parseHeaders(text)
  if (isStructured(headers)) return fromCloudEventJson(data, options)
  const frame = fromCloudEventHeaders(headers, data, options)
  // Without these, what is assumed depends on who reads.
  if (changing && common.includes('\r\nce-smdelivery: ')) known.add(common, frame.header)
  return frame
}
