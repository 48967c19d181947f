import { smError } from '../errors/index.ts'
import type { Frame, Header } from '../message/index.ts'
import { compactVersion, fixedBytes, flag, impliedContentType, maxTextBytes } from './compact.ts'
import { areOfOneHeaderKind } from './header-kind.ts'
import { hasCommonKind } from './header-kinds.ts'

/** The facts of a frame that are known before it is written. */
interface Plan {
  /** Set when most of the header is written already. */
  readonly kind: WrittenKind | undefined
  readonly frame: Frame
  readonly flags: number
  readonly texts: readonly string[]
  /** All texts as one, when they are ASCII and can be written in one go. */
  readonly ascii: string | undefined
  readonly extensions: number
  readonly body: Uint8Array
  readonly bytes: number
}

/** The part that headers of one kind have in common, written already. */
interface WrittenKind {
  readonly header: Header
  readonly flags: number
  readonly lengths: Buffer
  /** The texts before the ids of other messages, but for the id itself, and those after them. */
  readonly before: string
  readonly after: string
  readonly textBytes: number
}

/** Most headers are of the kind of the one before. */
let lastKind: WrittenKind | undefined

function kindOf(header: Header): WrittenKind | undefined {
  if (lastKind === undefined || !areOfOneHeaderKind(header, lastKind.header)) return undefined
  const { correlationId, causationId } = lastKind.header
  const isSame =
    (header.correlationId === undefined) === (correlationId === undefined) &&
    (header.causationId === undefined) === (causationId === undefined)
  return isSame && hasCommonKind(header) ? lastKind : undefined
}

function toKind({ frame, flags, texts, ascii }: Plan): WrittenKind | undefined {
  const { header } = frame
  if (ascii === undefined || !hasCommonKind(header)) return undefined
  const end = texts.length - (flags & flag.contentType ? 1 : 0)
  const ids = (flags & flag.correlationId ? 1 : 0) + (flags & flag.causationId ? 1 : 0)
  const lengths = Buffer.alloc(2 * texts.length)
  for (const [i, text] of texts.entries()) writeLength(lengths, 2 * i, text.length)
  return {
    header,
    flags: flags & ~flag.expiresAt,
    lengths,
    before: texts.slice(1, end - ids).join(''),
    after: texts.slice(end).join(''),
    textBytes: ascii.length,
  }
}

function planOf(frame: Frame): Plan {
  const kind = kindOf(frame.header)
  if (kind === undefined) {
    const whole = planOfAll(frame)
    lastKind = toKind(whole)
    return whole
  }
  const { expiresAt } = frame.header
  const body = frame.body.bytes()
  return {
    kind,
    frame,
    flags: expiresAt === undefined ? kind.flags : kind.flags | flag.expiresAt,
    texts: [],
    ascii: undefined,
    extensions: 0,
    body,
    bytes: fixedBytes + (expiresAt === undefined ? 0 : 8) + kind.lengths.length + kind.textBytes + body.length,
  }
}

function planOfAll(frame: Frame): Plan {
  const { header } = frame
  const texts = [header.id, header.type, header.from]
  let flags = header.delivery === 'at-least-once' ? flag.atLeastOnce : 0
  let joined = header.id + header.type + header.from
  let extensions = 0
  const add = (bit: number, text: string) => {
    flags |= bit
    texts.push(text)
    joined += text
  }
  if (header.to !== undefined) add(flag.to, header.to)
  if (header.replyTo !== undefined) add(flag.replyTo, header.replyTo)
  if (header.correlationId !== undefined) add(flag.correlationId, header.correlationId)
  if (header.causationId !== undefined) add(flag.causationId, header.causationId)
  if (header.key !== undefined) add(flag.key, header.key)
  if (header.contentType !== impliedContentType) add(flag.contentType, header.contentType)
  if (header.encodings !== undefined && header.encodings.length > 0) add(flag.encodings, header.encodings.join(','))
  if (header.traceparent !== undefined) add(flag.traceparent, header.traceparent)
  if (header.tracestate !== undefined) add(flag.tracestate, header.tracestate)
  for (const name in header.extensions) {
    extensions++
    add(flag.extensions, name)
    add(flag.extensions, header.extensions[name] as string)
  }
  if (header.expiresAt !== undefined) flags |= flag.expiresAt

  let textBytes = Buffer.byteLength(joined)
  const ascii = textBytes === joined.length
  if (!ascii) {
    textBytes = 0
    for (const text of texts) textBytes += Buffer.byteLength(text)
  }
  const body = frame.body.bytes()
  const optional = (header.expiresAt === undefined ? 0 : 8) + (extensions === 0 ? 0 : 1)
  const bytes = fixedBytes + optional + 2 * texts.length + textBytes + body.length
  return { kind: undefined, frame, flags, texts, ascii: ascii ? joined : undefined, extensions, body, bytes }
}

// A sender asks for the size of a frame before it writes it, and a fan-out writes it again: the last plan is kept.
let last: Plan | undefined

function plan(frame: Frame): Plan {
  if (last?.frame !== frame) last = planOf(frame)
  return last
}

function writeMoment(target: Buffer, at: number, ms: number): number {
  target.writeUInt32BE(Math.floor(ms / 0x1_0000_0000), at)
  return target.writeUInt32BE(ms % 0x1_0000_0000, at + 4)
}

function writeLength(target: Buffer, at: number, bytes: number): number {
  if (bytes > maxTextBytes) {
    throw smError('SM_HEADER_INVALID', `A header attribute has ${bytes} bytes, which is more than ${maxTextBytes}`)
  }
  return target.writeUInt16BE(bytes, at)
}

function writeTexts(target: Buffer, offset: number, { kind, frame, texts, ascii }: Plan): number {
  let at = offset
  if (kind) {
    const { id, correlationId = '', causationId = '' } = frame.header
    target.set(kind.lengths, at)
    at += kind.lengths.length
    return at + target.write(id + kind.before + correlationId + causationId + kind.after, at, 'latin1')
  }
  if (ascii !== undefined) {
    for (const text of texts) at = writeLength(target, at, text.length)
    return at + target.write(ascii, at, 'latin1')
  }
  let textAt = offset + 2 * texts.length
  for (const text of texts) {
    const bytes = Buffer.byteLength(text)
    at = writeLength(target, at, bytes)
    textAt += target.write(text, textAt, bytes, 'utf8')
  }
  return textAt
}

function writeFixed(target: Buffer, offset: number, flags: number, header: Header): number {
  target[offset] = compactVersion
  target.writeUInt16BE(flags, offset + 1)
  target.writeUInt16BE(header.version, offset + 3)
  return writeMoment(target, offset + 5, header.time)
}

/** How many bytes {@link writeFrame} will write. Encodes the body, once; the header is measured, not encoded. */
export function frameBytes(frame: Frame): number {
  return plan(frame).bytes
}

/**
 * Writes the compact form of a frame into `target` and returns where it ends. The caller makes sure that
 * {@link frameBytes} fit. Keeps nothing of `target`; remembers the frame until the next one is measured or written.
 */
export function writeFrame(frame: Frame, target: Buffer, offset: number): number {
  const planned = plan(frame)
  const { header } = frame
  if (planned.bytes > target.length - offset) {
    throw new RangeError(`A frame of ${planned.bytes} bytes does not fit into ${target.length - offset}`)
  }
  let at = writeFixed(target, offset, planned.flags, header)
  if (header.expiresAt !== undefined) at = writeMoment(target, at, header.expiresAt)
  if (planned.extensions > 0) at = target.writeUInt8(planned.extensions, at)
  at = writeTexts(target, at, planned)
  target.set(planned.body, at)
  return at + planned.body.length
}

/** The compact form of a frame, in bytes of its own. */
export function encodeFrame(frame: Frame): Uint8Array {
  const target = Buffer.allocUnsafe(plan(frame).bytes)
  writeFrame(frame, target, 0)
  return target
}
