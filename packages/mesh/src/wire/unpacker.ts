import {
  type Body,
  checkMsgpack,
  describeThrown,
  type Frame,
  fromValue,
  isSmError,
  type Json,
  type Payload,
  smError,
} from '@sm/core/transport'
import { Unpackr } from 'msgpackr'
import { meshError } from '../errors.ts'
import { readJson } from './hello.ts'
import { maxFields, maxRecords } from './packer.ts'

/** The body of a packed frame: unpacked when it is first looked at. */
class PackedBody implements Body {
  readonly contentType: string
  readonly #unpack: () => Body
  #body: Body | undefined

  constructor(contentType: string, unpack: () => Body) {
    this.contentType = contentType
    this.#unpack = unpack
  }

  value(): Payload {
    return this.#whole.value()
  }

  bytes(): Uint8Array {
    return this.#whole.bytes()
  }

  get #whole(): Body {
    this.#body ??= this.#unpack()
    return this.#body
  }
}

/** Unpacks the bodies that one peer packs, by the records that it has told. */
export class Unpacker {
  readonly #records: string[][] = []
  readonly #fields: number[] = []
  #unpackr = createUnpackr([])

  /** Takes records that the peer tells. Throws `SM_MESH_PROTOCOL`. */
  learn(payload: Buffer): void {
    const { from, keys } = readJson(payload, 'A list of records')
    if (from !== this.#records.length || !Array.isArray(keys) || this.#records.length + keys.length > maxRecords) {
      throw meshError('SM_MESH_PROTOCOL', 'A list of records does not follow on what was told before')
    }
    for (const record of keys) {
      const fits = Array.isArray(record) && record.length <= maxFields && record.every(key => typeof key === 'string')
      if (!fits || record.includes('__proto__')) throw meshError('SM_MESH_PROTOCOL', 'A record is not a list of keys')
      this.#records.push(record)
      this.#fields.push(record.length)
    }
    this.#unpackr = createUnpackr(this.#records.map(record => [...record]))
  }

  /** The frame with a body that unpacks itself. */
  frame({ header, body }: Frame): Frame {
    return { header, body: new PackedBody(header.contentType, () => this.#unpack(body.bytes(), header.contentType)) }
  }

  #unpack(bytes: Uint8Array, contentType: string): Body {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    try {
      checkMsgpack(buffer, this.#fields)
      return fromValue(this.#unpackr.unpack(buffer) as Json, contentType)
    } catch (cause) {
      if (isSmError(cause)) throw cause
      throw smError(
        'SM_CODEC_MALFORMED',
        `A packed body of ${bytes.length} bytes cannot be read (${describeThrown(cause)})`,
        {
          cause,
        },
      )
    }
  }
}

function createUnpackr(structures: string[][]): Unpackr {
  // Objects without a record come as maps, which a decoder with records would leave as such.
  return new Unpackr({ structures, mapsAsObjects: true, moreTypes: false, int64AsType: 'number' })
}
