import { smError } from '../errors/index.ts'
import { parseAgentRef } from './address.ts'
import { checkExtensionName, checkWireType, nameLimits } from './names.ts'

/**
 * The promise of a publish. `at-most-once` may lose a message and never repeats it; `at-least-once` keeps it until a handler is
 * done and may repeat it, which receivers recognise by its id.
 */
export type DeliveryLevel = 'at-most-once' | 'at-least-once'

/** The clear attributes of a message. Every field is there, so that headers share one shape; absent ones are undefined. */
export interface Header {
  /** A ULID; from foreign senders any text of up to 512 characters. The same over every wire and every retry. */
  readonly id: string
  /** The message type, `order.placed`. */
  readonly type: string
  /** Version of the message type, 1 or more. */
  readonly version: number
  /** The sender: an agent, usually with its instance (`shop/01J…`). */
  readonly from: string
  /** The inbox it is meant for. Undefined for a broadcast. */
  readonly to: string | undefined
  /** The inbox that awaits the reply. */
  readonly replyTo: string | undefined
  /** The conversation it belongs to: the id of the message that began it. For a reply, the id of its request. */
  readonly correlationId: string | undefined
  /** The id of the message whose handling caused this one. */
  readonly causationId: string | undefined
  /** When it was published, epoch milliseconds. */
  readonly time: number
  /** When it loses its meaning, epoch milliseconds. Handlers do not get it after that. */
  readonly expiresAt: number | undefined
  /** Messages with one key are handled one after the other, in order. */
  readonly key: string | undefined
  readonly delivery: DeliveryLevel
  /** Media type of the body: `application/json`, `application/vnd.msgpack`, `application/octet-stream`, … */
  readonly contentType: string
  /** Encodings of the encoded body, innermost first (compression, encryption). */
  readonly encodings: readonly string[] | undefined
  /** W3C trace context. */
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
  /** Further attributes, by the naming rule of CloudEvents. Kept from end to end. */
  readonly extensions: Readonly<Record<string, string>> | undefined
}

/** Most extensions of one header. */
export const maxExtensions = 32

/** Most encodings of one body. */
export const maxEncodings = 8

/** The end of the year 9999, which is as far as RFC 3339 can write time. */
export const maxTime = 253_402_300_799_999

/** Control characters and halves of surrogate pairs: some wires would change them, and logs would obey them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u
const ENCODING = /^[\w.+-]+$/
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: *;[ -~]*[!-~])?$/

type HeaderInput = { readonly [Name in keyof Header]?: unknown }

function refuse(attribute: string, why: string): never {
  throw smError('SM_HEADER_INVALID', `The header attribute "${attribute}" ${why}`, { details: { attribute } })
}

function text(input: HeaderInput, name: keyof Header): string | undefined {
  const value = input[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '' || value.length > nameLimits.text) {
    refuse(name, `is not a text of 1 to ${nameLimits.text} characters`)
  }
  return value
}

function printable(input: HeaderInput, name: keyof Header): string | undefined {
  const value = text(input, name)
  if (value !== undefined && UNPRINTABLE.test(value)) refuse(name, 'holds a control character or half a surrogate pair')
  return value
}

function mediaType(input: HeaderInput): string | undefined {
  const value = text(input, 'contentType')
  if (value !== undefined && value !== 'application/json' && !MEDIA_TYPE.test(value)) {
    refuse('contentType', 'is not a media type')
  }
  return value
}

function required(input: HeaderInput, name: keyof Header): string {
  return printable(input, name) ?? refuse(name, 'is missing')
}

function ref(input: HeaderInput, name: 'to' | 'replyTo'): string | undefined {
  const value = text(input, name)
  if (value !== undefined) parseAgentRef(value)
  return value
}

function moment(input: HeaderInput, name: 'time' | 'expiresAt'): number | undefined {
  const value = input[name]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > maxTime) {
    refuse(name, 'is not a time of 1970 to 9999 in whole milliseconds')
  }
  return value
}

function extensionsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null) refuse('extensions', 'is not an object')
  const entries = Object.entries(value)
  if (entries.length > maxExtensions) refuse('extensions', `has more than ${maxExtensions} entries`)
  for (const [name, entry] of entries) {
    checkExtensionName(name)
    if (typeof entry !== 'string' || entry.length > nameLimits.extension || UNPRINTABLE.test(entry)) {
      refuse(name, `is not a text of up to ${nameLimits.extension} characters, none of them a control character`)
    }
  }
  return entries.length === 0 ? undefined : (value as Readonly<Record<string, string>>)
}

function encodingsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  const fits =
    Array.isArray(value) &&
    value.length <= maxEncodings &&
    value.every(name => typeof name === 'string' && ENCODING.test(name) && name.length <= nameLimits.encoding)
  if (!fits) refuse('encodings', `is not a list of up to ${maxEncodings} encoding names`)
  return value.length === 0 ? undefined : value
}

/**
 * A header from attributes that came from outside: every one checked, absent ones filled in.
 * Throws `SM_HEADER_INVALID` or `SM_NAME_INVALID`.
 */
export function toHeader(input: HeaderInput): Header {
  const type = text(input, 'type') ?? refuse('type', 'is missing')
  checkWireType(type)
  const { version = 1, delivery = 'at-most-once' } = input
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > 0xffff) {
    refuse('version', 'is not an integer of 1 to 65535')
  }
  if (delivery !== 'at-most-once' && delivery !== 'at-least-once') refuse('delivery', 'is not a delivery level')
  return {
    id: required(input, 'id'),
    type,
    version,
    from: required(input, 'from'),
    to: ref(input, 'to'),
    replyTo: ref(input, 'replyTo'),
    correlationId: printable(input, 'correlationId'),
    causationId: printable(input, 'causationId'),
    time: moment(input, 'time') ?? refuse('time', 'is missing'),
    expiresAt: moment(input, 'expiresAt'),
    key: printable(input, 'key'),
    delivery,
    contentType: mediaType(input) ?? 'application/json',
    encodings: encodingsOf(input.encodings),
    traceparent: printable(input, 'traceparent'),
    tracestate: printable(input, 'tracestate'),
    extensions: extensionsOf(input.extensions),
  }
}
