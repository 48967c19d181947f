import { isUtf8 } from 'node:buffer'
import { maxPayloadDepth } from '../message/index.ts'

/**
 * Walks MessagePack bytes without building anything, and throws unless they are one JSON value: lengths within the
 * bytes that are there (a decoder allocates by what the bytes claim), bounded nesting, text that is UTF-8 (the decoder
 * takes whatever comes), text keys other than `__proto__`, and none of the types that JSON lacks.
 */
export function checkMsgpack(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = walk(view, 0, 0)
  if (end !== bytes.length) throw new RangeError(`${bytes.length - end} bytes after the value`)
}

function skip(view: DataView, at: number): number {
  if (at > view.byteLength) throw new RangeError('the bytes end within a value')
  return at
}

/** Past a text of `length` bytes that begins at `start`. */
function skipText(view: DataView, start: number, length: number): number {
  const end = skip(view, start + length)
  let at = start
  while (at + 4 <= end && (view.getUint32(at) & 0x80808080) === 0) at += 4
  while (at < end && view.getUint8(at) < 0x80) at++
  if (at < end && !isUtf8(new Uint8Array(view.buffer, view.byteOffset + at, end - at))) {
    throw new TypeError('a text that is not UTF-8')
  }
  return end
}

/** The key which objects treat specially. */
const PROTO = Buffer.from('__proto__')

/** Whether the text from `at` to `end`, its length field included, is that key. */
function isProto(view: DataView, at: number, end: number): boolean {
  const type = view.getUint8(at)
  const start = at + (type <= 0xbf ? 1 : type === 0xd9 ? 2 : type === 0xda ? 3 : 5)
  return end - start === PROTO.length && PROTO.every((code, i) => view.getUint8(start + i) === code)
}

function isText(type: number): boolean {
  return (type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb)
}

function walkMany(view: DataView, start: number, count: number, keyed: boolean, depth: number): number {
  if (depth === maxPayloadDepth) throw new RangeError(`nested more than ${maxPayloadDepth} deep`)
  if (count > view.byteLength - start) throw new RangeError('a list or map longer than its bytes')
  let at = start
  for (let i = 0; i < count; i++) {
    if (keyed) {
      if (!isText(view.getUint8(at))) throw new TypeError('a map key that is not text')
      const keyEnd = walk(view, at, depth + 1)
      if (isProto(view, at, keyEnd)) throw new TypeError('a "__proto__" key')
      at = keyEnd
    }
    at = walk(view, at, depth + 1)
  }
  return at
}

/** Where the value that begins at `at` ends. Reading past the end throws a RangeError by itself. */
function walk(view: DataView, at: number, depth: number): number {
  const type = view.getUint8(at)
  const next = at + 1
  if (type <= 0x7f || type >= 0xe0) return next
  if (type <= 0x8f) return walkMany(view, next, type & 0x0f, true, depth)
  if (type <= 0x9f) return walkMany(view, next, type & 0x0f, false, depth)
  if (type <= 0xbf) return skipText(view, next, type & 0x1f)
  switch (type) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return next
    case 0xcc:
    case 0xd0:
      return skip(view, next + 1)
    case 0xcd:
    case 0xd1:
      return skip(view, next + 2)
    case 0xca:
    case 0xce:
    case 0xd2:
      return skip(view, next + 4)
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return skip(view, next + 8)
    case 0xd9:
      return skipText(view, next + 1, view.getUint8(next))
    case 0xda:
      return skipText(view, next + 2, view.getUint16(next))
    case 0xdb:
      return skipText(view, next + 4, view.getUint32(next))
    case 0xdc:
      return walkMany(view, next + 2, view.getUint16(next), false, depth)
    case 0xdd:
      return walkMany(view, next + 4, view.getUint32(next), false, depth)
    case 0xde:
      return walkMany(view, next + 2, view.getUint16(next), true, depth)
    case 0xdf:
      return walkMany(view, next + 4, view.getUint32(next), true, depth)
    default:
      throw new TypeError(`the type 0x${type.toString(16)}, which JSON does not have`)
  }
}
