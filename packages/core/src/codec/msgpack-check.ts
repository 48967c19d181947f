import { isUtf8 } from 'node:buffer'
import { maxPayloadDepth } from '../message/index.ts'

/** Shorter texts are looked at here; for longer ones the native check is worth its call. */
const shortText = 32

/** The key which objects treat specially. */
const proto = /* @__PURE__ */ Buffer.from('__proto__')

/**
 * Walks MessagePack bytes without building anything, and throws unless they are one JSON value: lengths within the
 * bytes that are there (a decoder allocates by what the bytes claim), bounded nesting, text that is UTF-8 (the decoder
 * takes whatever comes), text keys other than `__proto__`, and none of the types that JSON lacks.
 */
export function checkMsgpack(bytes: Uint8Array): void {
  const walk = new Walk(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  const end = walk.value(0, 0)
  if (end !== bytes.length) throw new RangeError(`${bytes.length - end} bytes after the value`)
}

class Walk {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Where the value that begins at `at` ends. Reading past the end throws a RangeError by itself. */
  value(at: number, depth: number): number {
    const bytes = this.#bytes
    const type = bytes.readUInt8(at)
    const next = at + 1
    if (type <= 0x7f || type >= 0xe0) return next
    if (type <= 0x8f) return this.#many(next, type & 0x0f, true, depth)
    if (type <= 0x9f) return this.#many(next, type & 0x0f, false, depth)
    if (type <= 0xbf) return this.#text(next, type & 0x1f)
    switch (type) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return next
      case 0xcc:
      case 0xd0:
        return this.#skip(next + 1)
      case 0xcd:
      case 0xd1:
        return this.#skip(next + 2)
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#skip(next + 4)
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return this.#skip(next + 8)
      case 0xd9:
        return this.#text(next + 1, bytes.readUInt8(next))
      case 0xda:
        return this.#text(next + 2, bytes.readUInt16BE(next))
      case 0xdb:
        return this.#text(next + 4, bytes.readUInt32BE(next))
      case 0xdc:
        return this.#many(next + 2, bytes.readUInt16BE(next), false, depth)
      case 0xdd:
        return this.#many(next + 4, bytes.readUInt32BE(next), false, depth)
      case 0xde:
        return this.#many(next + 2, bytes.readUInt16BE(next), true, depth)
      case 0xdf:
        return this.#many(next + 4, bytes.readUInt32BE(next), true, depth)
      default:
        throw new TypeError(`the type 0x${type.toString(16)}, which JSON does not have`)
    }
  }

  #skip(at: number): number {
    if (at > this.#bytes.length) throw new RangeError('the bytes end within a value')
    return at
  }

  #text(start: number, length: number): number {
    const bytes = this.#bytes
    const end = this.#skip(start + length)
    let at = start
    if (length <= shortText) while (at < end && (bytes[at] as number) < 0x80) at++
    if (at < end && !isUtf8(bytes.subarray(at, end))) throw new TypeError('a text that is not UTF-8')
    return end
  }

  #many(start: number, count: number, keyed: boolean, depth: number): number {
    if (depth === maxPayloadDepth) throw new RangeError(`nested more than ${maxPayloadDepth} deep`)
    if (count > this.#bytes.length - start) throw new RangeError('a list or map longer than its bytes')
    let at = start
    for (let i = 0; i < count; i++) {
      if (keyed) at = this.#key(at, depth + 1)
      at = this.value(at, depth + 1)
    }
    return at
  }

  #key(at: number, depth: number): number {
    const type = this.#bytes.readUInt8(at)
    const isText = (type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb)
    if (!isText) throw new TypeError('a map key that is not text')
    const end = this.value(at, depth)
    const start = at + (type <= 0xbf ? 1 : type === 0xd9 ? 2 : type === 0xda ? 3 : 5)
    if (end - start === proto.length && proto.compare(this.#bytes, start, end) === 0) {
      throw new TypeError('a "__proto__" key')
    }
    return end
  }
}
