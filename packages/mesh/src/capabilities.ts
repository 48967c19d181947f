import type { Capabilities } from '@sm/core/transport'

/** The capabilities that depend on the wire, and not on the mesh. */
export type WireCapabilities = Pick<Capabilities, 'reach' | 'encrypted' | 'maxFrameBytes'>

/**
 * The capabilities of a transport on the mesh: those of its wire, and those that the mesh has over any wire. Frames sent at
 * most once are written, frames sent at least once are confirmed by the peer; keys go to one member; dead letters are in the
 * process that gave them up.
 */
export function meshCapabilities({ reach, encrypted, maxFrameBytes }: WireCapabilities): Capabilities {
  return {
    reach,
    delivery: { 'at-most-once': 'sent', 'at-least-once': 'accepted' },
    durable: false,
    ordering: 'per-sender',
    fanOut: true,
    groups: true,
    keyAffinity: true,
    wildcards: true,
    maxFrameBytes,
    expiry: false,
    delay: true,
    encrypted,
    deadLetters: true,
    publishOnly: false,
  }
}
