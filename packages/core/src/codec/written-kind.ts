import type { Header } from '../message/index.ts'
import { flag, impliedContentType, maxTextBytes } from './compact.ts'
import { areOfOneHeaderKind, hasHeaderKind } from './header-kind.ts'

/** What our agents use as ids. */
const ULID = /^[0-9A-Z]{26}$/
const ulidBytes = 26
const ASCII = /^[\0-\x7F]*$/

/** The part of compact headers that those of one kind have in common. */
export interface WrittenKind {
  readonly flags: number
  /** The lengths of all texts. */
  readonly lengths: Uint8Array
  /** The texts before the ids of other messages, but for the id itself, and those after them. */
  readonly before: string
  readonly after: string
  /** How many bytes all texts have. */
  readonly textBytes: number
}

/** The last header that was written, with its kind: most are of the kind of the one before. */
let lastHeader: Header | undefined
let lastKind: WrittenKind | undefined

const isUlid = (id: string | undefined) => id === undefined || ULID.test(id)

/** The kind of a header. Undefined for one that has anything rare, and must be written as a whole. */
export function writtenKind(header: Header): WrittenKind | undefined {
  const { id, correlationId, causationId } = header
  if (!hasHeaderKind(header) || !isUlid(id) || !isUlid(correlationId) || !isUlid(causationId)) return undefined
  const isSame =
    lastHeader !== undefined &&
    areOfOneHeaderKind(header, lastHeader) &&
    (correlationId === undefined) === (lastHeader.correlationId === undefined) &&
    (causationId === undefined) === (lastHeader.causationId === undefined)
  if (!isSame) {
    lastHeader = header
    lastKind = toKind(header)
  }
  return lastKind
}

function toKind(header: Header): WrittenKind | undefined {
  const { type, from, to, replyTo, correlationId, causationId, contentType } = header
  const after = contentType === impliedContentType ? undefined : contentType
  const parts = [type, from, to, replyTo]
  const before = parts.join('')
  if (!ASCII.test(before) || !ASCII.test(contentType) || before.length > maxTextBytes) return undefined
  const texts = [header.id, ...parts, correlationId, causationId, after].filter(text => text !== undefined)
  const lengths = Buffer.alloc(2 * texts.length)
  for (const [i, { length }] of texts.entries()) lengths.writeUInt16BE(length, 2 * i)
  const ids = 1 + Number(correlationId !== undefined) + Number(causationId !== undefined)
  return {
    flags: flagsOf(header),
    lengths,
    before,
    after: after ?? '',
    textBytes: ids * ulidBytes + before.length + (after?.length ?? 0),
  }
}

/** The flags of what a kind may have, times aside. */
function flagsOf({ delivery, to, replyTo, correlationId, causationId, contentType }: Header): number {
  return (
    (delivery === 'at-least-once' ? flag.atLeastOnce : 0) |
    (to === undefined ? 0 : flag.to) |
    (replyTo === undefined ? 0 : flag.replyTo) |
    (correlationId === undefined ? 0 : flag.correlationId) |
    (causationId === undefined ? 0 : flag.causationId) |
    (contentType === impliedContentType ? 0 : flag.contentType)
  )
}
