import type { Capabilities } from '@sm/core/transport'

/** The capabilities of the transport with default options. */
export const capabilities: Capabilities = {
  reach: 'machine',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'accepted' },
  durable: false,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  keyAffinity: true,
  wildcards: true,
  maxFrameBytes: 16_777_216,
  expiry: false,
  delay: true,
  encrypted: false,
  deadLetters: true,
  publishOnly: false,
}
