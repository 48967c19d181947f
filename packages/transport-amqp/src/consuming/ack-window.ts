/** Sends acks: of one frame, or of all up to one. */
export type SendAck = (tag: number, allUpTo: boolean) => void

/** Collects the acks of one turn, and sends those of frames without a gap before them as one. */
export class AckWindow {
  readonly #send: SendAck
  /** The first frame that is not settled, by the number that the broker gave it. */
  #low = 1
  /** Settled after `#low`, and told to the broker or not yet. */
  readonly #told = new Set<number>()
  readonly #untold = new Set<number>()
  /** The last of those without a gap, if the broker has to be told of them. */
  #upTo = 0
  #isScheduled = false

  constructor(send: SendAck) {
    this.#send = send
  }

  /** A frame is done with. */
  ack(tag: number): void {
    if (tag === this.#low) {
      this.#low += 1
      this.#upTo = tag
    } else this.#untold.add(tag)
    if (this.#isScheduled) return
    this.#isScheduled = true
    process.nextTick(() => this.flush())
  }

  /** The broker does not wait for an ack of this frame, or no longer. */
  skip(tag: number): void {
    if (tag === this.#low) this.#low += 1
    else this.#told.add(tag)
  }

  /** Sends what was collected. */
  flush(): void {
    this.#isScheduled = false
    while (this.#untold.size + this.#told.size > 0) {
      if (this.#untold.delete(this.#low)) this.#upTo = this.#low
      else if (!this.#told.delete(this.#low)) break
      this.#low += 1
    }
    if (this.#upTo > 0) this.#send(this.#upTo, true)
    this.#upTo = 0
    for (const tag of this.#untold) {
      this.#send(tag, false)
      this.#told.add(tag)
    }
    this.#untold.clear()
  }
}
