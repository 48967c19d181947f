import type { Capabilities } from '@sm/core/transport'
import type { SyncPolicy } from './options.ts'

/** Largest frame: the header and the body together, in bytes. */
export const maxFrameBytes = 16_777_216

/** The capabilities of an archive. Only what is synced before a publish resolves is known to be on the disk. */
export function capabilitiesOf(fsync: SyncPolicy): Capabilities {
  return {
    reach: 'machine',
    delivery: { 'at-most-once': 'sent', 'at-least-once': fsync === 'always' ? 'persisted' : 'accepted' },
    durable: false,
    ordering: 'per-sender',
    fanOut: false,
    groups: false,
    wildcards: false,
    maxFrameBytes,
    expiry: false,
    delay: false,
    encrypted: false,
    deadLetters: false,
    publishOnly: true,
  }
}
