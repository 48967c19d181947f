import { isUtf8 } from 'node:buffer'
import { smError } from '../errors/index.ts'
import { type Frame, type Header, maxExtensions, toHeader } from '../message/index.ts'
import { compactVersion, fixedBytes, flag, knownFlags } from './compact.ts'
import { recallHeader, rememberHeader, type TextPlaces } from './header-kinds.ts'
import { receivedBody } from './received-body.ts'
import { checkSize, type SizeLimit } from './size-limit.ts'

function malformed(why: string): never {
  throw smError('SM_CODEC_MALFORMED', `A compact frame ${why}`)
}

/** Reads the texts of a frame one after the other. All of them are known to lie within the bytes. */
class TextReader {
  readonly #bytes: Buffer
  /** All texts as one, when they are ASCII. */
  readonly #ascii: string | undefined
  readonly #start: number
  #lengthAt: number
  #textAt: number

  constructor(bytes: Buffer, lengthAt: number, start: number, end: number) {
    this.#bytes = bytes
    this.#lengthAt = lengthAt
    this.#start = start
    this.#textAt = start
    const all = bytes.toString('utf8', start, end)
    // As many characters as bytes, and none that stands for bytes which are not UTF-8: each is one byte.
    this.#ascii = all.length === end - start && !all.includes('\uFFFD') ? all : undefined
  }

  next(): string {
    const start = this.#textAt
    const end = start + this.#bytes.readUInt16BE(this.#lengthAt)
    this.#lengthAt += 2
    this.#textAt = end
    if (this.#ascii !== undefined) return this.#ascii.slice(start - this.#start, end - this.#start)
    const text = this.#bytes.toString('utf8', start, end)
    if (text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(start, end)))
      malformed('holds a text that is not UTF-8')
    return text
  }
}

function readMoment(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

/** How many texts the flags promise, extensions aside. */
function countTexts(flags: number): number {
  let count = 3
  for (let bit = flag.to as number; bit <= flag.tracestate; bit <<= 1) if (flags & bit) count++
  return count
}

function readExtensions(texts: TextReader, count: number): Readonly<Record<string, string>> {
  const entries: Array<[string, string]> = []
  for (let i = 0; i < count; i++) entries.push([texts.next(), texts.next()])
  // Not by assignment: that would lose an extension called __proto__ before its name has been checked.
  const extensions = Object.fromEntries(entries)
  if (Object.keys(extensions).length !== count) malformed('names an extension twice')
  return extensions
}

/**
 * The frame that bytes in the compact form stand for. The body is not copied: the bytes must not change afterwards.
 *
 * Throws `SM_CODEC_MALFORMED` for bytes that are no frame, `SM_FRAME_TOO_LARGE` above `maxBytes`, and what `toHeader`
 * throws for attributes that break the rules of a header.
 */
export function decodeFrame(bytes: Uint8Array, options?: SizeLimit): Frame {
  checkSize(bytes.length, options)
  const size = bytes.length
  if (size < fixedBytes + 6) malformed(`of ${size} bytes is too short`)
  const source = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, size)
  if (source[0] !== compactVersion) malformed(`has the unknown version ${source[0]}`)
  const flags = source.readUInt16BE(1)
  if (flags & ~knownFlags) malformed('has unknown flags')

  let at = fixedBytes
  const optional = (flags & flag.expiresAt ? 8 : 0) + (flags & flag.extensions ? 1 : 0)
  if (size < at + optional) malformed('ends within its fields')
  const expiresAt = flags & flag.expiresAt ? readMoment(source, at) : undefined
  at += optional
  const extensionCount = flags & flag.extensions ? source.readUInt8(at - 1) : 0
  if (flags & flag.extensions && (extensionCount === 0 || extensionCount > maxExtensions)) {
    malformed(`has ${extensionCount} extensions`)
  }

  const start = at + 2 * (countTexts(flags) + 2 * extensionCount)
  if (size < start) malformed('ends within its lengths')
  let end = start
  for (let lengthAt = at; lengthAt < start; lengthAt += 2) end += source.readUInt16BE(lengthAt)
  if (size < end) malformed('ends within its texts')

  const places = { flags, lengthsAt: at, start, end }
  const time = readMoment(source, 5)
  let header = recallHeader(source, places, time, expiresAt)
  if (!header) {
    header = readHeader(source, places, { time, expiresAt, extensionCount })
    rememberHeader(source, places, header)
  }
  return { header, body: receivedBody(header, bytes.subarray(end)) }
}

interface Numbers {
  readonly time: number
  readonly expiresAt: number | undefined
  readonly extensionCount: number
}

function readHeader(source: Buffer, { flags, lengthsAt, start, end }: TextPlaces, numbers: Numbers): Header {
  const { time, expiresAt, extensionCount } = numbers
  const texts = new TextReader(source, lengthsAt, start, end)
  // In the order of the bytes: each property that is there takes the next text.
  return toHeader({
    id: texts.next(),
    type: texts.next(),
    from: texts.next(),
    to: flags & flag.to ? texts.next() : undefined,
    replyTo: flags & flag.replyTo ? texts.next() : undefined,
    correlationId: flags & flag.correlationId ? texts.next() : undefined,
    causationId: flags & flag.causationId ? texts.next() : undefined,
    key: flags & flag.key ? texts.next() : undefined,
    contentType: flags & flag.contentType ? texts.next() : undefined,
    encodings: flags & flag.encodings ? texts.next().split(',') : undefined,
    traceparent: flags & flag.traceparent ? texts.next() : undefined,
    tracestate: flags & flag.tracestate ? texts.next() : undefined,
    extensions: extensionCount > 0 ? readExtensions(texts, extensionCount) : undefined,
    version: source.readUInt16BE(3),
    time,
    expiresAt,
    delivery: flags & flag.atLeastOnce ? 'at-least-once' : 'at-most-once',
  })
}
