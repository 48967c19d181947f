import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that `@sm/transport-named-pipes` throws, with its meaning and remedy. */
export const pipesCatalogue = {
  SM_PIPES_BASE: {
    meaning: 'The directory of the pipes is not a directory of this user that nobody else can enter.',
    remedy: 'Remove it, correct its owner and mode (0700), or choose another with the option base or SM_PIPES_BASE.',
    retryable: false,
  },
  SM_PIPES_PATH: {
    meaning: 'The path of a pipe would be longer than the system allows.',
    remedy: 'Choose a shorter base directory, namespace or agent id.',
    retryable: false,
  },
  SM_PIPES_CREATE: {
    meaning: 'A pipe could not be made.',
    remedy: 'See the cause; check free space and that the mkfifo command is installed.',
    retryable: true,
  },
  SM_PIPES_OPEN: {
    meaning: 'A pipe could not be opened, or what has its name is no pipe.',
    remedy: 'See the cause; a process that is out of file descriptors needs a higher limit.',
    retryable: true,
  },
  SM_PIPES_GONE: {
    meaning: 'Nobody reads the pipe of a peer: its process is dead.',
    remedy: 'Nothing to do: what it left behind is removed.',
    retryable: true,
  },
  SM_PIPES_GREETING: {
    meaning: 'Something that is no greeting was written into an inbox pipe.',
    remedy: 'Find out who writes there; it was ignored.',
    retryable: false,
  },
} as const satisfies Catalogue

/** Makes an error of this transport's catalogue. */
export const pipesError = defineErrors(pipesCatalogue)
