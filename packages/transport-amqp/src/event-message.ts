import { type Frame, toAttributes } from '@sm/core/transport'
import { writeShort } from './frame-writer.ts'

/** A frame as a message of AMQP: an event in the binary mode of CloudEvents. */
export interface EventMessage {
  readonly exchange: string
  readonly key: string
  readonly id: string
  /** Whether the publisher has to hear that no queue wants it. */
  readonly mandatory: boolean
  readonly properties: EventProperties
  readonly content: Buffer
}

/** What stands ahead of the attributes of an event. The binding prefers it to `cloudEvents:`, which is read as well. */
export const prefix = 'cloudEvents_'

/** Longest of the texts that AMQP calls short, in bytes. */
const shortBytes = 255
const isShort = (text: string) => text.length <= shortBytes / 3 || Buffer.byteLength(text) <= shortBytes

/** Properties that are there, a bit for each, in the order in which they follow. */
const flag = {
  contentType: 0x8000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  expiration: 0x0100,
  messageId: 0x0080,
  timestamp: 0x0040,
  type: 0x0020,
}

/** A text in a table of headers. */
const longText = 'S'.charCodeAt(0)

/** Names of attributes as they are written, their length ahead of them. Extensions are too many to remember all. */
const names = new Map<string, Buffer>()
const maxNames = 256

function nameOf(attribute: string): Buffer {
  let name = names.get(attribute)
  if (!name) {
    const bytes = Buffer.from(prefix + attribute)
    name = Buffer.concat([Buffer.from([bytes.length]), bytes, Buffer.from([longText])])
    if (names.size < maxNames) names.set(attribute, name)
  }
  return name
}

/** What is left of the time until `expiresAt`, as RabbitMQ takes it. */
export function expirationAt(expiresAt: number | undefined, now: number): string | undefined {
  return expiresAt === undefined ? undefined : String(Math.min(Math.max(0, expiresAt - now), 0xffff_ffff))
}

/** The properties of a message, to be written. */
export class EventProperties {
  readonly #id: string
  /** The most bytes that they can need. */
  readonly size: number
  readonly #attributes: readonly string[]
  readonly #contentType: string | undefined
  readonly #isPersistent: boolean
  readonly #expiration: string | undefined
  readonly #seconds: number
  readonly #type: string

  constructor(frame: Frame, now: number) {
    const { header } = frame
    const { id, type, contentType, version, delivery, expiresAt, time } = header
    this.#id = id
    this.#type = type
    this.#seconds = Math.floor(time / 1_000)
    this.#isPersistent = delivery === 'at-least-once'
    this.#expiration = expirationAt(expiresAt, now)
    // The content type is a property of AMQP, as far as it fits there.
    this.#contentType = isShort(contentType) ? contentType : undefined
    const attributes = toAttributes(header)
    const written: string[] = []
    let size = 64 + 3 * (contentType.length + id.length + type.length)
    for (const name in attributes) {
      // What the reader assumes, and what the properties say, is left out.
      if (name === 'smdelivery' || (name === 'smversion' && version === 1)) continue
      if (name === 'datacontenttype' && this.#contentType !== undefined) continue
      const text = String(attributes[name])
      size += 3 * (text.length + name.length) + prefix.length + 6
      written.push(name, text)
    }
    this.#attributes = written
    this.size = size
  }

  /** Writes them, and returns where they end. */
  write(chunk: Buffer, start: number): number {
    const hasId = isShort(this.#id)
    let bits = flag.headers | flag.deliveryMode | flag.timestamp | flag.type
    if (this.#contentType !== undefined) bits |= flag.contentType
    if (this.#expiration !== undefined) bits |= flag.expiration
    if (hasId) bits |= flag.messageId
    let at = chunk.writeUInt16BE(bits, start)
    if (this.#contentType !== undefined) at = writeShort(chunk, this.#contentType, at)
    at = this.#writeHeaders(chunk, at)
    chunk[at++] = this.#isPersistent ? 2 : 1
    if (this.#expiration !== undefined) at = writeShort(chunk, this.#expiration, at)
    if (hasId) at = writeShort(chunk, this.#id, at)
    at = chunk.writeUInt32BE(0, at)
    at = chunk.writeUInt32BE(this.#seconds % 0x1_0000_0000, at)
    return writeShort(chunk, this.#type, at)
  }

  #writeHeaders(chunk: Buffer, start: number): number {
    const attributes = this.#attributes
    let at = start + 4
    for (let i = 0; i < attributes.length; i += 2) {
      const name = nameOf(attributes[i] as string)
      chunk.set(name, at)
      at += name.length + 4
      const length = chunk.write(attributes[i + 1] as string, at)
      chunk.writeUInt32BE(length, at - 4)
      at += length
    }
    chunk.writeUInt32BE(at - start - 4, start)
    return at
  }
}
