import { meshCapabilities } from '@sm/mesh'

/** The capabilities of the transport with default options. */
export const capabilities = meshCapabilities({ reach: 'machine', encrypted: false, maxFrameBytes: 16_777_216 })
