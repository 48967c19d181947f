import { meshError } from '../errors.ts'
import type { Awaiting, FrameCopy } from '../groups/frame-copy.ts'
import { readDelay } from '../wire/packets/packet.ts'
import { readRanges } from '../wire/packets/ranges.ts'

/** The frames that a peer has been sent and has not settled, by sequence. */
export class Unsettled {
  readonly #entries = new Map<number, FrameCopy>()
  #sequence = 0

  get size(): number {
    return this.#entries.size
  }

  /** The sequence of the frame that is added next. */
  get next(): number {
    return (this.#sequence + 1) >>> 0
  }

  add(copy: FrameCopy): void {
    this.#sequence = this.next
    this.#entries.set(this.#sequence, copy)
    copy.sent()
  }

  /** Calls `visit` with each publish that still waits to hear of an arrival, in order. */
  eachAwaiting(visit: (awaiting: Awaiting) => void): void {
    for (const { awaiting } of [...this.#entries.values()]) if (awaiting) visit(awaiting)
  }

  /** The peer has frames. Throws `SM_MESH_PROTOCOL`. */
  accepted(ranges: Buffer): void {
    readRanges(ranges, this.#entries.size, sequence => this.#entries.get(sequence)?.accepted())
  }

  /** The peer is done with frames. Throws `SM_MESH_PROTOCOL`. */
  settled(ranges: Buffer): void {
    readRanges(ranges, this.#entries.size, sequence => {
      const copy = this.#entries.get(sequence)
      if (!copy) return
      this.#entries.delete(sequence)
      copy.accepted()
      copy.done()
    })
  }

  /** The peer gives a frame back. Throws `SM_MESH_PROTOCOL`. */
  nacked(payload: Buffer, onReturned: (copy: FrameCopy, delayMs: number, begun: boolean) => void): void {
    if (payload.length !== 8) throw meshError('SM_MESH_PROTOCOL', 'A nack has the wrong size')
    const sequence = payload.readUInt32BE(0)
    const copy = this.#entries.get(sequence)
    if (!copy) return
    this.#entries.delete(sequence)
    const { delayMs, begun } = readDelay(payload.readUInt32BE(4))
    onReturned(copy, delayMs, begun)
  }

  /** Takes all out, in the order in which they were sent. */
  drain(): readonly FrameCopy[] {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    return entries
  }
}
