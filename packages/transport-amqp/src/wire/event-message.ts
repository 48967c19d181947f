import { type FrameFormat, toTimestamp, WrittenHeaderKinds } from '@sm/brokered'
import { type Frame, type Header, hasHeaderKind, toAttributes } from '@sm/core/transport'
import { writeShort } from './short-text.ts'

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

/** Content type of a frame in the compact form. */
export const compactType = 'application/vnd.smartmessage.frame'

/** The prefix of the attributes of an event. The binding prefers it to `cloudEvents:`, which is read as well. */
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

/** The time until `expiresAt` that is left, as RabbitMQ takes it. */
function expirationAt(expiresAt: number | undefined, now: number): string | undefined {
  return expiresAt === undefined ? undefined : String(Math.min(Math.max(0, expiresAt - now), 0xffff_ffff))
}

/** Attributes and their texts in turn, as they are written into a table. */
type Texts = readonly string[]

/** The most bytes that a table of them can need. */
function sizeOf(texts: Texts): number {
  let size = 0
  for (let i = 0; i < texts.length; i += 2) {
    size += 3 * ((texts[i] as string).length + (texts[i + 1] as string).length) + prefix.length + 6
  }
  return size
}

/** Writes them from `start`, and returns where they end. */
function writeTexts(texts: Texts, chunk: Buffer, start: number): number {
  let at = start
  for (let i = 0; i < texts.length; i += 2) {
    const name = nameOf(texts[i] as string)
    chunk.set(name, at)
    at += name.length + 4
    const length = chunk.write(texts[i + 1] as string, at)
    chunk.writeUInt32BE(length, at - 4)
    at += length
  }
  return at
}

/** Attributes that differ from message to message of one kind. */
const differing: ReadonlySet<string> = new Set(['id', 'time', 'expirytime', 'correlationid', 'causationid'])

/** The headers of a frame, but for what the reader assumes and what the properties say. */
function textsOf(header: Header): string[] {
  const attributes = toAttributes(header)
  const texts: string[] = []
  for (const name in attributes) {
    if (name === 'smdelivery' || (name === 'smversion' && header.version === 1)) continue
    if (name === 'datacontenttype' && isShort(header.contentType)) continue
    texts.push(name, String(attributes[name]))
  }
  return texts
}

/** The properties of one header kind, written once. */
const kinds = new WrittenHeaderKinds(header => {
  const all = textsOf(header)
  const common = all.filter((_, i) => !differing.has(all[i - (i % 2)] as string))
  const bytes = Buffer.alloc(sizeOf(common))
  return bytes.subarray(0, writeTexts(common, bytes, 0))
})

function differingTexts({ id, time, expiresAt, correlationId, causationId }: Header): Texts {
  const texts = ['id', id, 'time', toTimestamp(time)]
  if (expiresAt !== undefined) texts.push('expirytime', toTimestamp(expiresAt))
  if (correlationId !== undefined) texts.push('correlationid', correlationId)
  if (causationId !== undefined) texts.push('causationid', causationId)
  return texts
}

const nothing = Buffer.alloc(0)

/** The properties of a message, to be written. */
export class EventProperties {
  readonly #header: Header
  /** The most bytes that they can need. */
  readonly size: number
  /** Headers that are written already, and those that are not. */
  readonly #common: Buffer
  readonly #texts: Texts
  readonly #expiration: string | undefined
  /** The header stands within the content. */
  readonly #isCompact: boolean

  constructor({ header }: Frame, now: number, format: FrameFormat) {
    const { id, type, contentType, expiresAt } = header
    this.#isCompact = format === 'compact'
    const hasKind = hasHeaderKind(header)
    this.#header = header
    this.#expiration = expirationAt(expiresAt, now)
    this.#common = !this.#isCompact && hasKind ? kinds.of(header) : nothing
    this.#texts = this.#isCompact ? [] : hasKind ? differingTexts(header) : textsOf(header)
    this.size = 64 + 3 * (contentType.length + id.length + type.length) + this.#common.length + sizeOf(this.#texts)
  }

  /** Writes them, and returns where they end. */
  write(chunk: Buffer, start: number): number {
    if (this.#isCompact) return this.#writeCompact(chunk, start)
    const { id, type, contentType, delivery, time } = this.#header
    // The content type and the id are properties of AMQP, as far as they fit there.
    const [hasContentType, hasId] = [isShort(contentType), isShort(id)]
    let bits = flag.headers | flag.deliveryMode | flag.timestamp | flag.type
    if (hasContentType) bits |= flag.contentType
    if (this.#expiration !== undefined) bits |= flag.expiration
    if (hasId) bits |= flag.messageId
    let at = chunk.writeUInt16BE(bits, start)
    if (hasContentType) at = writeShort(chunk, contentType, at)
    at = this.#writeHeaders(chunk, at)
    chunk[at++] = delivery === 'at-least-once' ? 2 : 1
    if (this.#expiration !== undefined) at = writeShort(chunk, this.#expiration, at)
    if (hasId) at = writeShort(chunk, id, at)
    at = chunk.writeUInt32BE(0, at)
    at = chunk.writeUInt32BE(Math.floor(time / 1_000) % 0x1_0000_0000, at)
    return writeShort(chunk, type, at)
  }

  /** What the broker needs to know, and the id, by which members tell tries of a message apart. */
  #writeCompact(chunk: Buffer, start: number): number {
    const { id, delivery } = this.#header
    let bits = flag.contentType | flag.deliveryMode
    if (this.#expiration !== undefined) bits |= flag.expiration
    if (isShort(id)) bits |= flag.messageId
    let at = writeShort(chunk, compactType, chunk.writeUInt16BE(bits, start))
    chunk[at++] = delivery === 'at-least-once' ? 2 : 1
    if (this.#expiration !== undefined) at = writeShort(chunk, this.#expiration, at)
    return isShort(id) ? writeShort(chunk, id, at) : at
  }

  #writeHeaders(chunk: Buffer, start: number): number {
    chunk.set(this.#common, start + 4)
    const end = writeTexts(this.#texts, chunk, start + 4 + this.#common.length)
    chunk.writeUInt32BE(end - start - 4, start)
    return end
  }
}
