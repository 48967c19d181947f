import type { Json, Payload } from '@sm/core/transport'

/** Most shapes of objects that are sent as records; further ones go with their keys. */
export const maxRecords = 32

/** Most bytes of the keys of one record, as JSON: a wider shape is data, not a shape. */
const maxRecordBytes = 8_192

/** Most fields of a record. */
export const maxFields = 1_024

/** First token of a record: below it are small integers. */
export const firstRecord = 0x40

/** Bodies are packed one behind the other into buffers of this size. */
const slabBytes = 65_536

/** Texts of up to so many characters are written here: for longer ones the native call is worth it. */
const shortText = 24

/** For longer texts it is worth asking first how many bytes they take: whether they are ASCII, and how much room to make. */
export const longText = 1_024

/** A place in the tree of known shapes: the keys on the way to it are those of an object so far. */
class Shape {
  record: number | undefined
  readonly #next = new Map<string, Shape>()
  #key: string | undefined
  #shape: Shape | undefined

  after(key: string): Shape | undefined {
    // Most objects have the shape of the one before.
    if (key === this.#key) return this.#shape
    const shape = this.#next.get(key)
    if (shape) {
      this.#key = key
      this.#shape = shape
    }
    return shape
  }

  grow(key: string): Shape {
    let shape = this.#next.get(key)
    if (!shape) {
      shape = new Shape()
      this.#next.set(key, shape)
    }
    return shape
  }
}

type Fields = { readonly [key: string]: Json }

/** Writes JSON values as MessagePack, and objects of shapes that it knows as records, without their keys. */
export class Packing {
  /** The keys of each record so far. */
  readonly records: Array<readonly string[]> = []
  readonly #shapes = new Shape()
  #slab = Buffer.allocUnsafeSlow(slabBytes)
  #start = 0
  #at = 0

  /** The bytes of a value. They stay as they are. */
  pack(value: Payload): Buffer {
    this.#start = this.#at
    // A record that was made for a large body goes with it.
    if (this.#slab.length > slabBytes) this.#take(slabBytes)
    this.#value(value as Json)
    return this.#slab.subarray(this.#start, this.#at)
  }

  /** Makes room for `bytes` behind what has been written. */
  #room(bytes: number): Buffer {
    if (this.#at + bytes > this.#slab.length) this.#take(Math.max(slabBytes, 2 * (this.#at - this.#start) + bytes))
    return this.#slab
  }

  /** Goes on in a slab of its own: the full one belongs to those who still have bodies in it. */
  #take(bytes: number): void {
    const begun = this.#slab.subarray(this.#start, this.#at)
    this.#slab = Buffer.allocUnsafeSlow(bytes)
    this.#slab.set(begun)
    this.#at = begun.length
    this.#start = 0
  }

  #value(value: Json): void {
    if (typeof value === 'string') this.#text(value)
    else if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'boolean') this.#byte(value ? 0xc3 : 0xc2)
    else if (value === null || typeof value !== 'object') this.#byte(0xc0)
    else if (Array.isArray(value)) {
      this.#count(value.length, 0x90, 0xdc)
      for (let i = 0; i < value.length; i++) this.#value(value[i] as Json)
    } else this.#object(value as Fields)
  }

  #object(fields: Fields): void {
    const record = this.#recordOf(fields)
    if (record !== undefined) {
      this.#byte(firstRecord + record)
      for (const key in fields) this.#value(fields[key] as Json)
      return
    }
    this.#count(Object.keys(fields).length, 0x80, 0xde)
    for (const key in fields) {
      this.#text(key)
      this.#value(fields[key] as Json)
    }
  }

  #recordOf(fields: Fields): number | undefined {
    let shape: Shape | undefined = this.#shapes
    for (const key in fields) {
      shape = shape.after(key)
      if (!shape) return this.#learn(fields)
    }
    return shape.record ?? this.#learn(fields)
  }

  #learn(fields: Fields): number | undefined {
    if (this.records.length === maxRecords) return undefined
    const keys = Object.keys(fields)
    if (!isTellable(keys)) return undefined
    let shape = this.#shapes
    for (const key of keys) shape = shape.grow(key)
    shape.record = this.records.length
    this.records.push(keys)
    return shape.record
  }

  #byte(byte: number): void {
    this.#room(1)[this.#at++] = byte
  }

  #text(text: string): void {
    const { length } = text
    const most = length > longText ? Buffer.byteLength(text) : 3 * length
    const slab = this.#room(5 + most)
    const head = headOf(length)
    const start = this.#at + head
    let end = start
    if (length <= shortText) {
      for (let i = 0; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        slab[end++] = code
      }
    }
    if (end - start !== length) end = start + slab.write(text, start, most === length ? 'latin1' : 'utf8')
    const bytes = end - start
    const grown = headOf(bytes) - head
    // Characters beyond ASCII take more bytes than one.
    if (grown > 0) slab.copyWithin(start + grown, start, end)
    this.#textHead(slab, bytes)
    this.#at = end + grown
  }

  #textHead(slab: Buffer, bytes: number): void {
    const at = this.#at
    if (bytes < 0x20) slab[at] = 0xa0 | bytes
    else if (bytes <= 0xff) {
      slab[at] = 0xd9
      slab[at + 1] = bytes
    } else if (bytes <= 0xffff) {
      slab[at] = 0xda
      slab.writeUInt16BE(bytes, at + 1)
    } else {
      slab[at] = 0xdb
      slab.writeUInt32BE(bytes, at + 1)
    }
  }

  #number(value: number): void {
    const slab = this.#room(9)
    const at = this.#at
    if (value >>> 0 !== value) {
      if (value < 0 && value >= -0x20 && Number.isInteger(value)) slab[this.#at++] = value
      else {
        slab[at] = 0xcb
        this.#at = slab.writeDoubleBE(value, at + 1)
      }
    } else if (value < firstRecord) slab[this.#at++] = value
    else if (value <= 0xff) {
      slab[at] = 0xcc
      slab[at + 1] = value
      this.#at = at + 2
    } else if (value <= 0xffff) {
      slab[at] = 0xcd
      slab[at + 1] = value >>> 8
      slab[at + 2] = value
      this.#at = at + 3
    } else {
      slab[at] = 0xce
      this.#at = slab.writeUInt32BE(value, at + 1)
    }
  }

  /** The head of a list or map: `few` holds the count up to 15, `many` and its successor stand before longer ones. */
  #count(count: number, few: number, many: number): void {
    const slab = this.#room(5)
    const at = this.#at
    if (count <= 0xf) slab[this.#at++] = few | count
    else if (count <= 0xffff) {
      slab[at] = many
      this.#at = slab.writeUInt16BE(count, at + 1)
    } else {
      slab[at] = many + 1
      this.#at = slab.writeUInt32BE(count, at + 1)
    }
  }
}

/** How many bytes stand before a text. */
function headOf(bytes: number): number {
  return bytes < 0x20 ? 1 : bytes <= 0xff ? 2 : bytes <= 0xffff ? 3 : 5
}

function isTellable(keys: readonly string[]): boolean {
  if (keys.length > maxFields || keys.includes('__proto__')) return false
  return Buffer.byteLength(JSON.stringify(keys)) <= maxRecordBytes
}
