import type { Output } from './output.ts'
import { packet } from './packet.ts'
import { Ranges } from './ranges.ts'

/** Collects what one side tells the other of the frames it got, and tells it once per tick. */
export class Reports {
  readonly #output: Output
  readonly #accepted = new Ranges()
  readonly #settled = new Ranges()
  readonly #credits = new Map<number, number>()
  readonly #flushSoon = () => this.flush()
  #scheduled = false
  #closed = false

  constructor(output: Output) {
    this.#output = output
  }

  /** A frame has arrived. */
  accept(sequence: number): void {
    this.#accepted.add(sequence)
    this.#schedule()
  }

  /** A frame has been handled, or never will be. */
  settle(sequence: number): void {
    this.#settled.add(sequence)
    this.#schedule()
  }

  /** So much may have been sent to an interest, in all. */
  grant(interest: number, granted: number): void {
    this.#credits.set(interest, granted)
    this.#schedule()
  }

  /** Writes what has been collected. */
  flush(): void {
    this.#scheduled = false
    if (this.#closed) return
    // A frame that was settled at once need not be called accepted too.
    if (this.#settled.covers(this.#accepted)) this.#accepted.clear()
    this.#write(packet.accept, this.#accepted)
    this.#write(packet.settle, this.#settled)
    if (this.#credits.size > 0) this.#writeCredits()
  }

  /** The link has ended: nobody is to be told any more. */
  close(): void {
    this.#closed = true
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.#flushSoon)
  }

  #write(kind: number, ranges: Ranges): void {
    while (!ranges.isEmpty) {
      const target = this.#output.begin(kind, ranges.nextBytes)
      this.#output.end(ranges.write(target, this.#output.at))
    }
  }

  #writeCredits(): void {
    const target = this.#output.begin(packet.credit, 6 * this.#credits.size)
    let at = this.#output.at
    for (const [interest, granted] of this.#credits) {
      at = target.writeUInt16BE(interest, at)
      at = target.writeUInt32BE(granted, at)
    }
    this.#credits.clear()
    this.#output.end(at)
  }
}
