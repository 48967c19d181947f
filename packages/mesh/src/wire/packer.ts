import type { Frame, Header, Payload } from '@sm/core/transport'
import { Packr } from 'msgpackr'

/** Most shapes of objects that are sent as records; further ones go with their keys. */
export const maxRecords = 32

/** Most bytes of the keys of one record, as JSON: a wider shape is data, not a shape. */
const maxRecordBytes = 8_192

/** Most fields of a record. */
export const maxFields = 1_024

/** A frame whose body is packed. */
class PackedFrame implements Frame {
  readonly header: Header
  readonly body: Frame['body']

  constructor(frame: Frame, packed: Uint8Array) {
    const { contentType } = frame.body
    this.header = frame.header
    this.body = { contentType, value: () => frame.body.value(), bytes: () => packed }
  }
}

type Records = ReadonlyArray<readonly string[]>

/**
 * Packs the JSON bodies of one transport with msgpackr's records: objects of a shape that was seen before go without
 * their keys. The records are those of the sender, whoever it sends to, so that a frame is packed once however many get
 * it; each link tells its peer those that it does not know yet.
 */
export class Packer {
  /** msgpackr adds to it, also what must not be told. */
  #learnt: object[] = []
  #packr = createPackr(this.#learnt, maxRecords)
  #records: string[][] = []
  #last: Frame | undefined
  #lastPacked: Frame | undefined

  /** The keys of each record so far. */
  get records(): Records {
    return this.#records
  }

  /** The frame with its body packed; undefined for a body that is not JSON or was changed on its way. */
  pack(frame: Frame): Frame | undefined {
    if (frame === this.#last) return this.#lastPacked
    this.#last = frame
    const { contentType, encodings } = frame.header
    const packs = contentType === 'application/json' && encodings === undefined
    this.#lastPacked = packs ? new PackedFrame(frame, this.#bytes(frame.body.value())) : undefined
    return this.#lastPacked
  }

  #bytes(value: Payload): Uint8Array {
    const bytes = this.#packr.pack(value)
    const fresh = this.#learnt.slice(this.#records.length) as string[][]
    if (fresh.length === 0) return bytes
    if (fresh.every(isTellable)) {
      this.#records = [...this.#records, ...fresh.map(keys => [...keys])]
      return bytes
    }
    // No peer would take such a record: from now on the records stay as they are, and other shapes go with their keys.
    this.#learnt = this.#records.map(keys => [...keys])
    this.#packr = createPackr(this.#learnt, this.#learnt.length)
    return this.#packr.pack(value)
  }
}

function createPackr(structures: object[], maxSharedStructures: number): Packr {
  // Without records of its own a packer that has no room for another shape writes plain maps.
  return new Packr({ structures, maxSharedStructures, maxOwnStructures: 0, moreTypes: false })
}

function isTellable(keys: readonly string[]): boolean {
  if (keys.length > maxFields || keys.includes('__proto__')) return false
  return Buffer.byteLength(JSON.stringify(keys)) <= maxRecordBytes
}
