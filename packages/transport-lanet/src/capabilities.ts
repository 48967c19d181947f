import { meshCapabilities } from '@sm/mesh'

/** The capabilities of the transport with default options. */
export const capabilities = meshCapabilities({ reach: 'lan', encrypted: true, maxFrameBytes: 1_048_576 })
