import type { Body, Frame, Header, Payload } from '@sm/core/transport'
import { Packing } from './packing.ts'

/** A frame whose body is packed. */
class PackedFrame implements Frame, Body {
  readonly header: Header
  readonly #plain: Body
  readonly #packed: Uint8Array

  constructor(frame: Frame, packed: Uint8Array) {
    this.header = frame.header
    this.#plain = frame.body
    this.#packed = packed
  }

  get body(): Body {
    return this
  }

  get contentType(): string {
    return this.#plain.contentType
  }

  value(): Payload {
    return this.#plain.value()
  }

  bytes(): Uint8Array {
    return this.#packed
  }
}

/**
 * Packs the JSON bodies of one transport: objects of a shape that was seen before go without their keys. The records are
 * those of the sender, whoever it sends to, so that a frame is packed once however many get it; each link tells its peer
 * those that it does not know yet.
 */
export class Packer {
  readonly #packing = new Packing()
  #last: Frame | undefined
  #lastPacked: Frame | undefined

  /** The keys of each record so far. */
  get records(): ReadonlyArray<readonly string[]> {
    return this.#packing.records
  }

  /** The frame with its body packed; undefined for a body that is not JSON or was changed on its way. */
  pack(frame: Frame): Frame | undefined {
    if (frame === this.#last) return this.#lastPacked
    const { contentType, encodings } = frame.header
    const packs = contentType === 'application/json' && encodings === undefined
    this.#lastPacked = packs ? new PackedFrame(frame, this.#packing.pack(frame.body.value())) : undefined
    this.#last = frame
    return this.#lastPacked
  }
}
