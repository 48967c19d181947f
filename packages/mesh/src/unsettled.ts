import type { Entry } from './entry.ts'
import { meshError } from './errors.ts'
import { readDelay } from './wire/packet.ts'
import { readRanges } from './wire/ranges.ts'

/** The frames that a peer has been sent and has not settled, by sequence. */
export class Unsettled {
  readonly #entries = new Map<number, Entry>()
  #sequence = 0

  get size(): number {
    return this.#entries.size
  }

  /** The sequence of the frame that is added next. */
  get next(): number {
    return (this.#sequence + 1) >>> 0
  }

  add(entry: Entry): void {
    this.#sequence = this.next
    this.#entries.set(this.#sequence, entry)
    entry.sent = true
  }

  /** Has those who still wait to hear of an arrival heed their signals. */
  watch(): void {
    for (const { awaiting } of this.#entries.values()) awaiting?.watch()
  }

  /** The peer has frames. Throws `SM_MESH_PROTOCOL`. */
  accepted(ranges: Buffer): void {
    readRanges(ranges, this.#entries.size, sequence => this.#entries.get(sequence)?.accepted())
  }

  /** The peer is done with frames. Throws `SM_MESH_PROTOCOL`. */
  settled(ranges: Buffer): void {
    readRanges(ranges, this.#entries.size, sequence => {
      const entry = this.#entries.get(sequence)
      if (!entry) return
      this.#entries.delete(sequence)
      entry.accepted()
      entry.done()
    })
  }

  /** The peer gives a frame back. Throws `SM_MESH_PROTOCOL`. */
  nacked(payload: Buffer, onReturned: (entry: Entry, delayMs: number, begun: boolean) => void): void {
    if (payload.length !== 8) throw meshError('SM_MESH_PROTOCOL', 'A nack has the wrong size')
    const sequence = payload.readUInt32BE(0)
    const entry = this.#entries.get(sequence)
    if (!entry) return
    this.#entries.delete(sequence)
    const { delayMs, begun } = readDelay(payload.readUInt32BE(4))
    onReturned(entry, delayMs, begun)
  }

  /** Takes all out, in the order in which they were sent. */
  drain(): readonly Entry[] {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    return entries
  }
}
