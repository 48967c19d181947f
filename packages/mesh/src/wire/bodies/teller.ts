import type { Frame } from '@sm/core/transport'
import type { Output } from '../packets/output.ts'
import { packet } from '../packets/packet.ts'
import { writeJson } from '../packets/packet-writer.ts'
import type { Packer } from './packer.ts'

/** Packs bodies for one peer, and tells it the records that it takes to read them before it needs them. */
export class Teller {
  readonly #packer: Packer
  readonly #output: Output
  #told = 0

  constructor(packer: Packer, output: Output) {
    this.#packer = packer
    this.#output = output
  }

  /** The frame with its body packed, unless `done` is that already; undefined where it cannot be. */
  pack(frame: Frame, done: Frame | undefined): Frame | undefined {
    const packed = done ?? this.#packer.pack(frame)
    const { records } = this.#packer
    // One by one: each fits into a packet, all of them may not.
    for (; this.#told < records.length; this.#told++) {
      writeJson(this.#output, packet.records, { from: this.#told, keys: [records[this.#told]] })
    }
    return packed
  }
}
