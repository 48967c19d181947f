import type { Capabilities } from '@sm/core/transport'

/** What the transport does with default options. What the mesh does is true of any wire; look at `reach` and `encrypted`. */
export const capabilities: Capabilities = {
  // TODO how far your wire carries: 'process', 'machine', 'lan' or 'wan'.
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
  // TODO true only if nobody on the way can read or change a frame, and peers prove who they are.
  encrypted: false,
  // In the process of who gave up, the last thousand.
  deadLetters: true,
  publishOnly: false,
}
