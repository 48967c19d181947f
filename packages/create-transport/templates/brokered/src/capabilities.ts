import type { Capabilities } from '@sm/core/transport'

/**
 * The capabilities of the transport with a broker that has all it needs. TODO say what yours does: a capability that is missing
 * is refused, not faked.
 */
export const capabilities: Capabilities = {
  // TODO how far your broker reaches: 'machine', 'lan' or 'wan'. The loopback stays in its process.
  reach: 'process',
  // TODO what a resolved publish proves: 'sent' without a confirm, 'persisted' where the broker has written it down.
  delivery: { 'at-most-once': 'accepted', 'at-least-once': 'accepted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_048_576,
  expiry: false,
  delay: true,
  encrypted: false,
  deadLetters: false,
  publishOnly: false,
}
