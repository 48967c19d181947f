import type { Capabilities } from '@sm/core/transport'

/** The capabilities of the transport with default options. */
export const capabilities: Capabilities = {
  reach: 'wan',
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
  // Not even over wss: the hub reads what it relays, and whoever has the token may call itself what it likes.
  encrypted: false,
  deadLetters: true,
  publishOnly: false,
}
