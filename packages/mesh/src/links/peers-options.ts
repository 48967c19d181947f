import type { BackoffOptions, Clock, Random } from '@sm/core/transport'
import type { MeshDriver } from '../driver.ts'
import type { Link } from './link.ts'
import type { LinkHost } from './link-host.ts'

/** The parts of the transport that peers use. */
export interface PeersOptions {
  readonly driver: MeshDriver
  readonly instance: string
  readonly clock: Clock
  readonly random: Random
  readonly reconnect: BackoffOptions
  readonly maxLinks: number
  readonly handshakeMs: number
  readonly host: LinkHost<Link>
  /** A link could not be made, or was refused; it is tried again by itself where that makes sense. */
  readonly onFailure: (error: unknown) => void
  /** A peer whose link broke is back and has told what it wants, or is not there. */
  readonly onSettled: (instance: string) => void
  /** Every peer that is known has been lost, or one is back. */
  readonly onIsolated: (isolated: boolean) => void
}
