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

/** A publish, which may have a copy for each of several groups. */
export interface Awaiting {
  /** A copy has arrived. */
  accepted(): void
  /** Nobody was there any more for whom a copy was meant. */
  missed(): void
  /** A copy will not arrive. */
  failed(error: unknown): void
  /** It has taken long enough for its signal to matter. */
  watch(): void
}

/** A copy of a frame for one group, from its publish until it has been settled. */
export class FrameCopy {
  readonly frame: Frame
  readonly group: FrameCopyHost
  /** Who waits for it to arrive; undefined once it has, or when nobody waits any more. */
  awaiting: Awaiting | undefined
  /** The frame with its body packed, where that has been done. */
  packed: Frame | undefined = undefined
  attempt = 1
  /** True while a link has it. */
  sent = false
  /** The publisher gave up waiting: do not send it again. */
  abandoned = false
  #done = false

  constructor(frame: Frame, group: FrameCopyHost, awaiting: Awaiting | undefined) {
    this.frame = frame
    this.group = group
    this.awaiting = awaiting
    if (this.reliable) group.hold()
  }

  get reliable(): boolean {
    return this.frame.header.delivery === 'at-least-once'
  }

  /** Nothing more is to be done for it. */
  done(): void {
    if (this.#done) return
    this.#done = true
    if (this.reliable) this.group.release()
  }

  /** A peer has it. */
  accepted(): void {
    const { awaiting } = this
    this.awaiting = undefined
    awaiting?.accepted()
  }

  /** Nobody is there any more for whom it was meant. */
  missed(): void {
    const { awaiting } = this
    this.awaiting = undefined
    this.done()
    awaiting?.missed()
  }

  /** It is given up. */
  failed(error: unknown): void {
    const { awaiting } = this
    this.awaiting = undefined
    this.done()
    awaiting?.failed(error)
  }
}
