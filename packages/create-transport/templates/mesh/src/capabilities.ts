import { meshCapabilities } from '@sm/mesh'

/** The capabilities of the transport with default options: three of the wire, and those that the mesh has over any wire. */
export const capabilities = meshCapabilities({
  // TODO how far your wire carries: 'process', 'machine', 'lan' or 'wan'.
  reach: 'machine',
  // TODO true only if nobody on the way can read or change a frame, and peers prove who they are.
  encrypted: false,
  maxFrameBytes: 16_777_216,
})
