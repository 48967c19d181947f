import type { Clock, Frame } from '@sm/core/transport'
import type { FrameCopy } from '../groups/frame-copy.ts'
import type { MeshSettings } from '../options.ts'
import type { Packer } from '../wire/bodies/packer.ts'
import type { Hello, InterestChange } from '../wire/packets/hello.ts'
import type { Link } from './link.ts'

/** A frame that came in over a link. */
export interface Arrival {
  readonly link: Link
  readonly interest: number
  /** Undefined for an at-most-once frame: nobody waits for its settlement. */
  readonly sequence: number | undefined
  readonly attempt: number
  readonly cost: number
}

/** What a link tells the mesh. Nothing is called after `closed`. */
export interface LinkHost {
  readonly hello: Hello
  readonly settings: MeshSettings
  readonly clock: Clock
  /** How many links there are. */
  readonly links: () => number
  /** Packs bodies for peers that take them packed. */
  readonly packer: Packer
  /** Both sides have said who they are. Throws a coded error to refuse the peer. */
  opened(link: Link): void
  interests(link: Link, change: InterestChange): void
  /** A frame has come in. */
  arrived(arrival: Arrival, frame: Frame): void
  /**
   * A large frame has begun to come in: what comes after it waits for it. Returns who takes it when it is whole, or
   * undefined when it never will be; returns undefined when nobody wants it.
   */
  announced(arrival: Arrival): ((frame: Frame | undefined) => void) | undefined
  /** A frame has come in that nobody can read: it has cost its credit all the same. */
  unread(arrival: Arrival): void
  /** So much may have been sent to an interest of the peer, in all. */
  credit(link: Link, interest: number, granted: number): void
  /** A frame that was sent has come back. */
  returned(copy: FrameCopy, delayMs: number, begun: boolean): void
  /** The link takes frames again. */
  room(link: Link): void
  /** A fault of the peer that does not end the link. */
  fault(error: unknown): void
  /** The end. `error` is undefined after a goodbye. `unsettled` are the frames of which the peer has told no end. */
  closed(link: Link, error: unknown, unsettled: readonly FrameCopy[]): void
}
