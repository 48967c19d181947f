import type { Capabilities } from '@sm/core/transport'

/** The capabilities of the transport with a server that has JetStream. */
export const capabilities: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'accepted', 'at-least-once': 'persisted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_048_576,
  expiry: false,
  delay: true,
  encrypted: false,
  deadLetters: true,
  publishOnly: false,
}

/** Room within the largest payload of a server for headers, which are longer as text than in our own form. */
const headerRoom = 16_384

/** The capabilities with the server that is there. */
export function capabilitiesWith(server: { readonly maxPayload: number; readonly jetStream: boolean }): Capabilities {
  const maxFrameBytes = Math.max(1, server.maxPayload - headerRoom)
  if (server.jetStream) return { ...capabilities, maxFrameBytes }
  const delivery = { 'at-most-once': 'accepted' } as const
  return { ...capabilities, delivery, durable: false, delay: false, deadLetters: false, maxFrameBytes }
}
