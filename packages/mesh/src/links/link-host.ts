import type { Clock } from '@sm/core/transport'
import type { FrameCopy } from '../groups/frame-copy.ts'
import type { MeshSettings } from '../options.ts'
import type { Hello, InterestChange } from '../wire/packets/hello.ts'
import type { FrameSenderHost } from './frame-sender.ts'
import type { InboundHost } from './inbound.ts'

/** Events that a link reports to the mesh. Nothing is called after `closed`. */
export interface LinkHost<Link> extends InboundHost<Link>, FrameSenderHost {
  readonly hello: Hello
  readonly settings: MeshSettings
  readonly clock: Clock
  /** How many links there are. */
  readonly links: () => number
  /** Both sides have said who they are. Throws a coded error to refuse the peer. */
  opened(link: Link): void
  interests(link: Link, change: InterestChange): void
  /** So much may have been sent to an interest of the peer, in all. */
  credit(link: Link, interest: number, granted: number): void
  /** A frame that was sent has come back. */
  returned(copy: FrameCopy, delayMs: number, begun: boolean): void
  /** The link takes frames again. */
  room(link: Link): void
  /** The end. `error` is undefined after a goodbye. `unsettled` are the frames of which the peer has told no end. */
  closed(link: Link, error: unknown, unsettled: readonly FrameCopy[]): void
}
