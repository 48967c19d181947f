import {
  decodeFrame,
  type Frame,
  fromCloudEventHeaders,
  fromCloudEventJson,
  isSmError,
  smError,
} from '@sm/core/transport'
import type { Message, MessageProperties, Options } from 'amqplib'
import { compactType, prefix } from './event-message.ts'
import { mostHeaderBytes } from './header-bound.ts'

/** Where a message goes, and what it is called when it comes back. */
export interface AddressedMessage {
  readonly exchange: string
  readonly key: string
  readonly id: unknown
}

/** A message as it is published. */
export interface AmqpMessage extends AddressedMessage {
  readonly content: Buffer
  readonly properties: Options.Publish
}

/** amqplib leaves out what is undefined. */
type Properties = { [Name in keyof Options.Publish]: Options.Publish[Name] | undefined }

/** The prefix of the attributes of an event in earlier versions of the binding. */
const otherPrefix = 'cloudEvents:'
const structured = 'application/cloudevents+json'
const form = { prefix, percent: false } as const
const idAttribute = `${prefix}id`

/** How often a frame has been handed out, itself included. */
export const attemptHeader = 'sm-attempt'

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The id of the event that a message holds. */
export function eventId({ messageId, headers }: MessageProperties): unknown {
  return messageId ?? headers?.[idAttribute]
}

/** The canonical text of a value in a header table. */
function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  const { '!': kind, value: inner } = (value ?? {}) as { '!'?: unknown; value?: unknown }
  if (kind === 'timestamp' && typeof inner === 'number') return new Date(inner * 1_000).toISOString()
  if (kind !== undefined && typeof inner === 'number') return String(inner)
  throw smError(
    'SM_CODEC_MALFORMED',
    `A CloudEvent has the header ${JSON.stringify(name.slice(0, 40))} of no known kind`,
  )
}

function attributesOf(properties: MessageProperties): Array<readonly [string, string]> {
  const { headers = {}, contentType } = properties
  const attributes: Array<readonly [string, string]> = []
  if (typeof contentType === 'string') attributes.push(['content-type', contentType])
  for (const name in headers) {
    if (name.startsWith(prefix)) attributes.push([name, textOf(name, headers[name])])
    else if (name.startsWith(otherPrefix)) {
      attributes.push([prefix + name.slice(otherPrefix.length), textOf(name, headers[name])])
    }
  }
  return attributes
}

/** The frame that a message holds, in the compact form or as an event in binary or structured mode. Throws the coded errors of the codec. */
export function toFrame({ content, properties }: Message, now: number, maxBytes: number): Frame {
  const { contentType, deliveryMode } = properties
  // Foreign senders say by the mode of AMQP alone what their event is worth to them.
  const options = { delivery: deliveryMode === 2 ? 'at-least-once' : 'at-most-once', now, maxBytes } as const
  if (typeof contentType === 'string' && contentType.toLowerCase().startsWith(structured)) {
    return fromCloudEventJson(content, options)
  }
  if (contentType === compactType) return decodeFrame(content, options)
  return fromCloudEventHeaders(attributesOf(properties), content, { ...options, ...form })
}

/** How often a message was tried before this copy of it was made. */
export function triesBefore({ properties }: Message): number {
  const carried: unknown = (properties.headers as Record<string, unknown> | undefined)?.[attemptHeader]
  return typeof carried === 'number' && carried >= 1 ? Math.floor(carried) - 1 : 0
}

/** How often a message has been handed out, this time included. */
export function attemptOf(message: Message): number {
  const { fields, properties } = message
  const { 'x-delivery-count': counted } = (properties.headers ?? {}) as Record<string, unknown>
  const before = triesBefore(message) + 1
  // Quorum queues count, classic ones only know that it is not the first time.
  if (typeof counted === 'number') return before + counted
  return fields.redelivered ? before + 1 : before
}

/** Headers that the broker has written into a message that it has moved or delivered. */
const ofBroker = /^x-(death|first-death|last-death|delivery-count)/

const sizeOf = (value: unknown) => Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** The properties of a message that is published once more, with other headers. */
export function again(
  { properties }: Message,
  headers: Readonly<Record<string, string | number>>,
  expiration: string | undefined,
  frameMax: number,
): Options.Publish {
  const kept: Record<string, unknown> = {}
  let size = 0
  const most = mostHeaderBytes(frameMax)
  for (const name in properties.headers) {
    if (ofBroker.test(name)) continue
    const value = (properties.headers as Record<string, unknown>)[name]
    const bytes = Buffer.byteLength(name) + sizeOf(value) + 16
    // Foreign senders may have more of them.
    if (size + bytes > most) continue
    size += bytes
    kept[name] = value
  }
  const { contentType, contentEncoding, priority, correlationId, replyTo, messageId, timestamp, type, appId } =
    properties as Properties
  const texts = { contentType, contentEncoding, correlationId, replyTo, messageId, type, appId }
  const sent: Properties = {
    ...texts,
    priority,
    timestamp,
    headers: { ...kept, ...headers },
    deliveryMode: 2,
    expiration,
    mandatory: true,
  }
  return sent as Options.Publish
}

/** Why a frame cannot be encoded: header tables have a limit of their own. */
export function encodeError(cause: unknown, { header }: Frame) {
  if (isSmError(cause)) return cause
  const what = `The header of ${header.type} (${header.id}) does not fit into a message of AMQP`
  return smError('SM_FRAME_TOO_LARGE', what, { details: { transport: 'amqp', outcome: 'failed' }, cause })
}
