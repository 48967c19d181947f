import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that this package throws, with its meaning and remedy. */
export const templateMeshCatalogue = {
  SM_TEMPLATE_MESH_DIRECTORY: {
    meaning: 'The directory in which agents meet cannot be used.',
    remedy: 'See the cause; check that the directory is yours, or choose another with the option directory.',
    retryable: false,
  },
  SM_TEMPLATE_MESH_LISTEN: {
    meaning: 'The place where others dial in could not be opened.',
    remedy: 'See the cause.',
    retryable: true,
  },
  SM_TEMPLATE_MESH_DIAL: {
    meaning: 'A peer that was seen could not be called.',
    remedy: 'Nothing to do: it is tried again by itself, and forgotten when its process is dead.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of this package's catalogue. */
export const templateMeshError = defineErrors(templateMeshCatalogue)
