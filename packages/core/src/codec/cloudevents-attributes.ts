import { smError } from '../errors/index.ts'
import { type DeliveryLevel, type Header, toHeader } from '../message/index.ts'
import { formatTimestamp, parseTimestamp } from './rfc3339.ts'
import type { SizeLimit } from './size-limit.ts'

/** Assumptions about an event that leaves things open, as those of foreign senders do. */
export interface CloudEventOptions extends SizeLimit {
  /** Delivery level of an event without `smdelivery`. Default: at-most-once. */
  readonly delivery?: DeliveryLevel | undefined
  /** Time of an event without `time`, epoch milliseconds. Without it, such an event is refused. */
  readonly now?: number | undefined
}

/** Throws the error of an event that is none. */
export function refuseEvent(why: string, cause?: unknown): never {
  throw smError('SM_CODEC_MALFORMED', `A CloudEvent ${why}`, { cause })
}

/** Attributes of the header that CloudEvents know under another name, and hold as the same text. */
const texts = [
  ['to', 'to'],
  ['replyto', 'replyTo'],
  ['correlationid', 'correlationId'],
  ['causationid', 'causationId'],
  ['partitionkey', 'key'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
] as const satisfies ReadonlyArray<readonly [string, keyof Header]>

/** Every name of an attribute that is more than an extension to us. */
const known = /* @__PURE__ */ knownAttributes()

function knownAttributes(): ReadonlySet<string> {
  return new Set([
    ...['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'expirytime'],
    ...['smversion', 'smdelivery', 'smencodings'],
    ...texts.map(([name]) => name),
  ])
}

/**
 * A header as the attributes of a CloudEvents 1.0 event. `from` is `source`, `key` is `partitionkey`, `expiresAt` is
 * `expirytime`; what CloudEvents has no word for is `smversion` (the one integer), `smdelivery` and `smencodings`.
 */
export function toAttributes(header: Header): Record<string, string | number> {
  const attributes: Record<string, string | number> = {
    specversion: '1.0',
    id: header.id,
    source: header.from,
    type: header.type,
    time: formatTimestamp(header.time),
    datacontenttype: header.contentType,
    smversion: header.version,
    smdelivery: header.delivery,
  }
  for (const [name, property] of texts) {
    const value = header[property]
    if (value !== undefined) attributes[name] = value
  }
  if (header.expiresAt !== undefined) attributes.expirytime = formatTimestamp(header.expiresAt)
  if (header.encodings !== undefined && header.encodings.length > 0) attributes.smencodings = header.encodings.join(',')
  for (const name in header.extensions) attributes[name] = header.extensions[name] as string
  return attributes
}

function required(attributes: ReadonlyMap<string, string>, name: string): string {
  const value = attributes.get(name)
  return value === undefined || value === '' ? refuseEvent(`has no "${name}"`) : value
}

/** An optional attribute: one that is empty counts as absent, as W3C Trace Context and foreign senders have it. */
function optional(attributes: ReadonlyMap<string, string>, name: string): string | undefined {
  return attributes.get(name) || undefined
}

function moment(attributes: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = optional(attributes, name)
  if (value === undefined) return undefined
  return parseTimestamp(value) ?? refuseEvent(`has a "${name}" that is not a time of 1970 to 9999 by RFC 3339`)
}

function version(attributes: ReadonlyMap<string, string>): number | undefined {
  const value = optional(attributes, 'smversion')
  if (value === undefined) return undefined
  return /^\d{1,5}$/.test(value)
    ? Number(value)
    : refuseEvent('has an "smversion" that is not an integer of 1 to 65535')
}

function extensions(attributes: ReadonlyMap<string, string>): Record<string, string> | undefined {
  const entries: Array<[string, string]> = []
  for (const entry of attributes) if (!known.has(entry[0])) entries.push(entry)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/**
 * The header that attributes of an event stand for, each as its canonical string. Those we do not know, `subject` and
 * `dataschema` among them, are kept as extensions.
 *
 * Throws `SM_CODEC_MALFORMED` for what is no event, and what `toHeader` throws for what is an event, but no message.
 */
export function fromAttributes(attributes: ReadonlyMap<string, string>, options?: CloudEventOptions): Header {
  if (required(attributes, 'specversion') !== '1.0') refuseEvent('is not of specversion 1.0')
  const input: Record<string, unknown> = {
    id: required(attributes, 'id'),
    from: required(attributes, 'source'),
    type: required(attributes, 'type'),
    time: moment(attributes, 'time') ?? options?.now ?? refuseEvent('has no "time"'),
    version: version(attributes),
    delivery: optional(attributes, 'smdelivery') ?? options?.delivery,
    contentType: optional(attributes, 'datacontenttype'),
    expiresAt: moment(attributes, 'expirytime'),
    encodings: optional(attributes, 'smencodings')?.split(','),
    extensions: extensions(attributes),
  }
  for (const [name, property] of texts) input[property] = optional(attributes, name)
  return toHeader(input)
}
