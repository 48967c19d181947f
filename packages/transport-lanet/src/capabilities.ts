import type { Capabilities } from '@sm/core/transport'

/** The capabilities of the transport with default options. */
export const capabilities: Capabilities = {
  reach: 'lan',
  delivery: { 'at-most-once': 'sent', 'at-least-once': 'accepted' },
  durable: false,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  keyAffinity: true,
  wildcards: true,
  maxFrameBytes: 1_048_576,
  expiry: false,
  delay: true,
  encrypted: true,
  deadLetters: true,
  publishOnly: false,
}
