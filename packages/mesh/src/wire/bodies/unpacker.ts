import { type Body, describeThrown, type Frame, fromValue, type Json, type Payload, smError } from '@sm/core/transport'
import { meshError } from '../../errors.ts'
import { readJson } from '../packets/hello.ts'
import { maxFields, maxRecords } from './packing.ts'
import { type RecordShape, toRecordShape, Unpacking } from './unpacking.ts'

/** The body of a packed frame: unpacked when it is first looked at. */
class PackedBody implements Body {
  readonly contentType: string
  readonly #packed: Buffer
  readonly #records: readonly RecordShape[]
  #value: Json | undefined
  #plain: Body | undefined

  constructor(contentType: string, packed: Buffer, records: readonly RecordShape[]) {
    this.contentType = contentType
    this.#packed = packed
    this.#records = records
  }

  value(): Payload {
    if (this.#value === undefined) this.#value = this.#unpack()
    return this.#value
  }

  bytes(): Uint8Array {
    this.#plain ??= fromValue(this.value() as Json, this.contentType)
    return this.#plain.bytes()
  }

  #unpack(): Json {
    try {
      return new Unpacking(this.#packed, this.#records).whole()
    } catch (cause) {
      const what = `A packed body of ${this.#packed.length} bytes cannot be read (${describeThrown(cause)})`
      throw smError('SM_CODEC_MALFORMED', what, { cause })
    }
  }
}

/** Unpacks the bodies that one peer packs, by the records that it has told. */
export class Unpacker {
  readonly #records: RecordShape[] = []

  /** Takes records that the peer tells. Throws `SM_MESH_PROTOCOL`. */
  learn(payload: Buffer): void {
    const { from, keys } = readJson(payload, 'A list of records')
    if (from !== this.#records.length || !Array.isArray(keys) || this.#records.length + keys.length > maxRecords) {
      throw meshError('SM_MESH_PROTOCOL', 'A list of records does not follow on what was told before')
    }
    for (const record of keys) {
      const fits = Array.isArray(record) && record.length <= maxFields && record.every(key => typeof key === 'string')
      if (!fits || record.includes('__proto__')) throw meshError('SM_MESH_PROTOCOL', 'A record is not a list of keys')
      this.#records.push(toRecordShape(record))
    }
  }

  /** The frame with a body that unpacks itself. */
  frame({ header, body }: Frame): Frame {
    const packed = body.bytes()
    return { header, body: this.body(header.contentType, Buffer.from(packed.buffer, packed.byteOffset, packed.length)) }
  }

  /** A body that unpacks itself. */
  body(contentType: string, packed: Buffer): Body {
    return new PackedBody(contentType, packed, this.#records)
  }
}
