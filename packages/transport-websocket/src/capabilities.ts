import { meshCapabilities } from '@sm/mesh'

/** The capabilities of the transport with default options. */
export const capabilities = meshCapabilities({
  reach: 'wan',
  // Not even over wss: the hub reads what it relays, and whoever has the token may call itself what it likes.
  encrypted: false,
  maxFrameBytes: 16_777_216,
})
