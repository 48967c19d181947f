import { isAscii, isUtf8 } from 'node:buffer'
import { freezesPayloads, type Json, maxPayloadDepth } from '@sm/core/transport'
import { firstRecord, longText } from './packing.ts'

/** Texts of up to so many bytes are read here: for longer ones the native call is worth it. */
const shortText = 24

/** An object of a record, its fields not yet set. */
type Blank = Readonly<Record<string, Json>>

/** A record that a peer has told: its keys, and an object that has them. */
export interface RecordShape {
  readonly keys: readonly string[]
  readonly blank: Blank
}

export function toRecordShape(keys: readonly string[]): RecordShape {
  return { keys, blank: Object.fromEntries(keys.map(key => [key, null])) }
}

/**
 * Reads one packed value, and checks it as it goes: lengths within the bytes that are there, bounded nesting, text that
 * is UTF-8, numbers that are finite, text keys other than `__proto__`, and none of the types that JSON lacks.
 */
export class Unpacking {
  readonly #bytes: Buffer
  readonly #records: readonly RecordShape[]
  #at = 0

  constructor(bytes: Buffer, records: readonly RecordShape[]) {
    this.#bytes = bytes
    this.#records = records
  }

  /** Throws a TypeError or RangeError. */
  whole(): Json {
    const value = this.#value(0)
    if (this.#at !== this.#bytes.length) throw new RangeError(`${this.#bytes.length - this.#at} bytes after the value`)
    return value
  }

  #value(depth: number): Json {
    const type = this.#byte()
    if (type < firstRecord) return type
    if (type <= 0x7f) return this.#record(type - firstRecord, depth)
    if (type <= 0x8f) return this.#map(type & 0x0f, depth)
    if (type <= 0x9f) return this.#list(type & 0x0f, depth)
    if (type <= 0xbf) return this.#text(type & 0x1f)
    if (type >= 0xe0) return type - 0x100
    const bytes = this.#bytes
    switch (type) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xca:
        return finite(bytes.readFloatBE(this.#skip(4)))
      case 0xcb:
        return finite(bytes.readDoubleBE(this.#skip(8)))
      case 0xcc:
        return this.#byte()
      case 0xcd:
        return this.#byte() * 0x100 + this.#byte()
      case 0xce:
        return bytes.readUInt32BE(this.#skip(4))
      case 0xcf:
        return Number(bytes.readBigUInt64BE(this.#skip(8)))
      case 0xd0:
        return bytes.readInt8(this.#skip(1))
      case 0xd1:
        return bytes.readInt16BE(this.#skip(2))
      case 0xd2:
        return bytes.readInt32BE(this.#skip(4))
      case 0xd3:
        return Number(bytes.readBigInt64BE(this.#skip(8)))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(type - 0xd9))
      case 0xdc:
      case 0xdd:
        return this.#list(this.#length(type - 0xdb), depth)
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(type - 0xdd), depth)
      default:
        throw new TypeError(`the type 0x${type.toString(16)}, which JSON does not have`)
    }
  }

  /** Reading past the end throws a RangeError by itself; a single byte does not. */
  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new RangeError('the bytes end within a value')
    this.#at += 1
    return byte
  }

  #skip(bytes: number): number {
    const at = this.#at
    this.#at = at + bytes
    return at
  }

  /** A length of 1, 2 or 4 bytes, by `size` 0, 1 or 2. */
  #length(size: number): number {
    if (size === 0) return this.#byte()
    return size === 1 ? this.#bytes.readUInt16BE(this.#skip(2)) : this.#bytes.readUInt32BE(this.#skip(4))
  }

  #text(length: number): string {
    const bytes = this.#bytes
    const start = this.#skip(length)
    const end = start + length
    if (end > bytes.length) throw new RangeError('the bytes end within a text')
    const short = length <= shortText ? asciiText(bytes, start, end) : undefined
    if (short !== undefined) return short
    // For a long one it is much quicker to look first.
    if (length > longText && isAscii(bytes.subarray(start, end))) return bytes.toString('latin1', start, end)
    const text = bytes.toString('utf8', start, end)
    // As many characters as bytes, and none that stands for bytes which are not UTF-8: each is one byte.
    if (text.length === length && !text.includes('\uFFFD')) return text
    if (!isUtf8(bytes.subarray(start, end))) throw new TypeError('a text that is not UTF-8')
    return text
  }

  #list(length: number, depth: number): Json {
    this.#enter(length, depth)
    const list: Json[] = []
    for (let i = 0; i < length; i++) list.push(this.#value(depth + 1))
    return freezesPayloads ? Object.freeze(list) : list
  }

  #map(length: number, depth: number): Json {
    this.#enter(length, depth)
    const fields: Record<string, Json> = {}
    for (let i = 0; i < length; i++) {
      const key = this.#value(maxPayloadDepth)
      if (typeof key !== 'string') throw new TypeError('a map key that is not text')
      if (key === '__proto__') throw new TypeError('a "__proto__" key')
      fields[key] = this.#value(depth + 1)
    }
    return freezesPayloads ? Object.freeze(fields) : fields
  }

  #record(number: number, depth: number): Json {
    const shape = this.#records[number]
    if (!shape) throw new RangeError(`record ${number} was never announced`)
    const { keys, blank } = shape
    this.#enter(keys.length, depth)
    // A copy has its fields already: to set them is cheaper than to add them.
    const fields: Record<string, Json> = { ...blank }
    for (let i = 0; i < keys.length; i++) fields[keys[i] as string] = this.#value(depth + 1)
    return freezesPayloads ? Object.freeze(fields) : fields
  }

  #enter(count: number, depth: number): void {
    if (depth === maxPayloadDepth) throw new RangeError(`nested more than ${maxPayloadDepth} deep`)
    if (count > this.#bytes.length - this.#at) throw new RangeError('a list or map longer than its bytes')
  }
}

/** A short text of ASCII; undefined for another. */
function asciiText(bytes: Buffer, start: number, end: number): string | undefined {
  let text = ''
  let at = start
  for (; at + 3 < end; at += 4) {
    const a = bytes[at] as number
    const b = bytes[at + 1] as number
    const c = bytes[at + 2] as number
    const d = bytes[at + 3] as number
    if ((a | b | c | d) > 0x7f) return undefined
    text += String.fromCharCode(a, b, c, d)
  }
  for (; at < end; at++) {
    const a = bytes[at] as number
    if (a > 0x7f) return undefined
    text += String.fromCharCode(a)
  }
  return text
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError('a number that is not finite')
  return value
}
