import type { Frame } from '@sm/core/transport'

/** The group that a copy is for. */
export interface FrameCopyHost {
  /** A frame of the group is under way: it may come back even after the last member has left. */
  hold(): void
  /** A frame of the group has met its end. */
  release(): void
  /** A consumer gave a frame back. */
  returned(copy: FrameCopy, delayMs: number, begun?: boolean): void
  /** A frame came back, or its link was lost: it goes to another member, or to the same one again. */
  again(copy: FrameCopy, delayMs: number): void
  /** A frame met a consumer that had just left in good order, and nobody has taken it. */
  missed(copy: FrameCopy): void
  /** Takes back a frame that no link has. False when one has it. */
  withdraw(copy: FrameCopy): boolean
}

/** Says which publishes end here, as `Transport.recall` describes. */
export type Choose = (frame: Frame, mayHaveLeft: boolean) => boolean

/** A publish, which may have a copy for each of several groups. */
export interface Awaiting {
  /** A copy has arrived. */
  accepted(): void
  /** Nobody was there any more for whom a copy was meant. */
  missed(): void
  /** A copy will not arrive. */
  failed(error: unknown): void
  /** Ends if `choose` says that another transport takes it over. */
  recall(choose: Choose): void
  /** It has taken long enough for its signal to matter. */
  watch(): void
}

/**
 * A copy of a frame for one group, from its publish until it has been settled. It waits in its group, is with a link, or is
 * done; a link or a consumer may give it back to its group several times.
 */
export class FrameCopy {
  readonly frame: Frame
  readonly group: FrameCopyHost
  /** The frame with its body packed, where that has been done. */
  readonly packed: Frame | undefined
  #awaiting: Awaiting | undefined
  #attempt = 1
  #isSent = false
  #isAbandoned = false
  #isDone = false

  constructor(frame: Frame, group: FrameCopyHost, awaiting: Awaiting | undefined, packed?: Frame) {
    this.frame = frame
    this.group = group
    this.packed = packed
    this.#awaiting = awaiting
    if (this.reliable) group.hold()
  }

  get reliable(): boolean {
    return this.frame.header.delivery === 'at-least-once'
  }

  /** The publish that waits for it to arrive; undefined once it has, or when nobody waits any more. */
  get awaiting(): Awaiting | undefined {
    return this.#awaiting
  }

  /** 1 for the first try, one more for each that a consumer began and gave back. */
  get attempt(): number {
    return this.#attempt
  }

  /** Whether a link has it. */
  get isSent(): boolean {
    return this.#isSent
  }

  /** Whether the publisher gave up waiting: it is not sent again. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  /** A link has it. */
  sent(): void {
    this.#isSent = true
  }

  /** No link has it any more, and no consumer has had it. */
  notTaken(): void {
    this.#isSent = false
  }

  /** It goes back to its group; `begun` says whether a consumer began with it. */
  returned(begun: boolean): void {
    this.#isSent = false
    if (begun) this.#attempt += 1
    this.#awaiting?.watch()
  }

  /** The publisher gives up waiting. */
  abandon(): void {
    this.#isAbandoned = true
    if (this.#awaiting && this.group.withdraw(this)) this.done()
  }

  /** Nothing more is to be done for it. */
  done(): void {
    if (this.#isDone) return
    this.#isDone = true
    if (this.reliable) this.group.release()
  }

  /** A peer has it. */
  accepted(): void {
    this.#awaited()?.accepted()
  }

  /** Nobody is there any more for whom it was meant. */
  missed(): void {
    const awaiting = this.#awaited()
    this.done()
    awaiting?.missed()
  }

  /** It is given up. */
  failed(error: unknown): void {
    const awaiting = this.#awaited()
    this.done()
    awaiting?.failed(error)
  }

  /** The publish that waited for it until now. */
  #awaited(): Awaiting | undefined {
    const awaiting = this.#awaiting
    this.#awaiting = undefined
    return awaiting
  }
}
