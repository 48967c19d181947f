import { maxPayloadDepth } from '@sm/core/transport'

/** First and last token of a record: below are small integers, above are maps. */
const firstRecord = 0x40
const lastRecord = 0x7f

const proto = Buffer.from('__proto__')

/**
 * Walks a packed body without building anything, and throws unless it is one JSON value made of MessagePack and known
 * records: a decoder allocates by what the bytes claim, so their claims are checked first.
 */
export class PackedCheck {
  readonly #fields: readonly number[]
  #bytes: Buffer = Buffer.alloc(0)

  /** `fields` are the numbers of fields of the records, by record. */
  constructor(fields: readonly number[]) {
    this.#fields = fields
  }

  check(bytes: Buffer): void {
    this.#bytes = bytes
    if (this.#walk(0, 0) !== bytes.length) throw new RangeError('there is more than one value')
  }

  #skip(at: number): number {
    if (at > this.#bytes.length) throw new RangeError('the bytes end within a value')
    return at
  }

  #many(start: number, count: number, keyed: boolean, depth: number): number {
    if (depth === maxPayloadDepth) throw new RangeError(`nested more than ${maxPayloadDepth} deep`)
    if (count > this.#bytes.length - start) throw new RangeError('a list or map longer than its bytes')
    let at = start
    for (let i = 0; i < count; i++) {
      if (keyed) at = this.#key(at)
      at = this.#walk(at, depth + 1)
    }
    return at
  }

  #key(at: number): number {
    const type = this.#bytes[at] ?? 0
    if (!((type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb))) throw new TypeError('a key is not text')
    const end = this.#walk(at, 0)
    const start = at + (type <= 0xbf ? 1 : type === 0xd9 ? 2 : type === 0xda ? 3 : 5)
    // JSON bodies with such a key are refused too; this decoder would give it another name.
    if (end - start === proto.length && this.#bytes.compare(proto, 0, proto.length, start, end) === 0) {
      throw new TypeError('a "__proto__" key')
    }
    return end
  }

  #record(token: number, at: number, depth: number): number {
    const fields = this.#fields[token - firstRecord]
    if (fields === undefined) throw new RangeError(`record ${token - firstRecord} was never announced`)
    return this.#many(at, fields, false, depth)
  }

  /** Where the value that begins at `at` ends. Reading past the end throws a RangeError by itself. */
  #walk(at: number, depth: number): number {
    const bytes = this.#bytes
    const type = bytes.readUInt8(at)
    const next = at + 1
    if (type < firstRecord || type >= 0xe0) return next
    if (type <= lastRecord) return this.#record(type, next, depth)
    if (type <= 0x8f) return this.#many(next, type & 0x0f, true, depth)
    if (type <= 0x9f) return this.#many(next, type & 0x0f, false, depth)
    if (type <= 0xbf) return this.#skip(next + (type & 0x1f))
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
        return this.#skip(next + 1 + bytes.readUInt8(next))
      case 0xda:
        return this.#skip(next + 2 + bytes.readUInt16BE(next))
      case 0xdb:
        return this.#skip(next + 4 + bytes.readUInt32BE(next))
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
}
