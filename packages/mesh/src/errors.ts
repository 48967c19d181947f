import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that `@sm/mesh` throws, with its meaning and remedy. */
export const meshCatalogue = {
  SM_MESH_OPTIONS: {
    meaning: 'An option of a mesh transport is out of range.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_MESH_VERSION: {
    meaning: 'Two peers speak versions of the wire protocol that do not fit.',
    remedy: 'Bring both sides to versions of @sm/mesh with the same wire major.',
    retryable: false,
  },
  SM_MESH_PROTOCOL: {
    meaning: 'A peer sent what the wire protocol does not allow; the link was closed.',
    remedy: 'Check that only SmartMessage agents write to this place; if they do, report the fault.',
    retryable: true,
  },
  SM_MESH_REFUSED: {
    meaning: 'A peer refused the link.',
    remedy: 'See the reason that it gave.',
    retryable: false,
  },
  SM_MESH_HANDSHAKE: {
    meaning: 'A peer did not finish the handshake in time.',
    remedy: 'Check that the process is alive and not stopped; the link is tried again by itself.',
    retryable: true,
  },
  SM_MESH_LINK_LOST: {
    meaning: 'A link ended without a goodbye: the process died, or the way to it is cut.',
    remedy: 'Nothing to do: frames go to another member of the group, or wait for one.',
    retryable: true,
  },
  SM_MESH_SILENT: {
    meaning: 'A link looks open, but the peer has not been heard of for too long.',
    remedy: 'Check whether the process hangs or is suspended; frames go elsewhere meanwhile.',
    retryable: true,
  },
  SM_MESH_LIMIT: {
    meaning: 'A bound of the mesh was reached: links, interests of a peer, or bytes before the handshake.',
    remedy: 'Raise the option that the error names, or find out who opens so many.',
    retryable: true,
  },
  SM_MESH_UNCONFIRMED: {
    meaning: 'A frame was sent, and the transport stopped before the peer confirmed it.',
    remedy: 'Treat the message as perhaps delivered; publishing it again under a new id may repeat it.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of the mesh's catalogue. */
export const meshError = defineErrors(meshCatalogue)
