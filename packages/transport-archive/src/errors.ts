import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that `@sm/transport-archive` throws, with its meaning and remedy. */
export const archiveCatalogue = {
  SM_ARCHIVE_OPTIONS: {
    meaning: 'An option of the archive, or of reading it, is missing or cannot be used.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_ARCHIVE_DIRECTORY: {
    meaning: 'The directory of the archive is a link, a file, not writable, or one that anybody may write to.',
    remedy: 'Give a directory of this user that is no link, or correct its owner and mode; one that is absent is made.',
    retryable: false,
  },
  SM_ARCHIVE_LOST: {
    meaning: 'The directory of the archive, or the file that it writes, was removed or replaced while it runs.',
    remedy:
      'Bring the directory back, or mount it again: the archive looks for it by itself, and does not make it anew.',
    retryable: true,
  },
  SM_ARCHIVE_FULL: {
    meaning: 'The disk of the archive, or the quota of its user, is full.',
    remedy: 'Make room, or set maxFiles: the archive goes on by itself once it can write.',
    retryable: true,
  },
  SM_ARCHIVE_WRITE: {
    meaning: 'A file of the archive could not be made, written or synced.',
    remedy: 'See the cause: the archive tries by itself whether it can write again.',
    retryable: true,
  },
  SM_ARCHIVE_COMPRESSION: {
    meaning: 'Node.js has no zstd here, which a compressed archive needs.',
    remedy: 'Run Node.js 22.15 or later, or set compress to none.',
    retryable: false,
  },
  SM_ARCHIVE_TORN: {
    meaning: 'The end of a file of the archive is not whole: its writer was killed there, or is still writing.',
    remedy: 'Nothing to do: what was acknowledged stands before it. Read again later where the writer is alive.',
    retryable: true,
  },
  SM_ARCHIVE_UNREADABLE: {
    meaning: 'A file, a compressed frame or a line of the archive cannot be read.',
    remedy: 'See the cause; give onFault to be told of each, and look at the file that the error names.',
    retryable: false,
  },
} as const satisfies Catalogue

/** Makes an error of this transport's catalogue. */
export const archiveError = defineErrors(archiveCatalogue)
