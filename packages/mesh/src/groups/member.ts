import type { FrameCopy } from './frame-copy.ts'

/**
 * How a consumer has gone: it `left` in good order; its link is `broken`, and it is called again; or the wire itself is
 * `severed`.
 */
export type Absence = 'left' | 'broken' | 'severed'

/** One consumer of a group, here or at the end of a link, as a sender sees it. */
export interface Member {
  /** `agent/instance`. */
  readonly name: string
  /** The instance alone. */
  readonly instance: string
  /** Bytes of cost that may still be sent; at 0 or below it has no room. */
  readonly room: number
  /** Sends it a frame. */
  send(copy: FrameCopy): void
}
