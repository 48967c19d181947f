import type { Frame, Header, Payload } from '@sm/core/transport'
import { Packr } from 'msgpackr'

/** Most shapes of objects that are sent as records; further ones go with their keys. */
export const maxRecords = 32

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
  readonly #records: Records & object[] = [] as never
  readonly #packr = new Packr({
    structures: this.#records,
    maxSharedStructures: maxRecords,
    // Without records of its own a packer that has no room for another shape writes plain maps.
    maxOwnStructures: 0,
    moreTypes: false,
  })
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
    this.#lastPacked = packs ? new PackedFrame(frame, this.#packr.pack(frame.body.value() as Payload)) : undefined
    return this.#lastPacked
  }
}
