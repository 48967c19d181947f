import { describeThrown, type SmError, toOutcomeUnknown } from '@sm/core/transport'
import { archiveError } from '../errors.ts'

/** What keeps an archive from writing. */
export interface WriteFault {
  readonly code: 'SM_ARCHIVE_LOST' | 'SM_ARCHIVE_FULL' | 'SM_ARCHIVE_WRITE'
  readonly what: string
  readonly cause?: unknown
}

const full = new Set(['ENOSPC', 'EDQUOT'])
const lost = new Set(['ENOENT', 'ENOTDIR', 'ESTALE', 'ENXIO', 'ENODEV'])

/** The fault that an error of the file system stands for. */
export function toWriteFault(cause: unknown, directory: string): WriteFault {
  const { code: found = '' } = Object(cause) as { code?: string }
  const code = full.has(found) ? 'SM_ARCHIVE_FULL' : lost.has(found) ? 'SM_ARCHIVE_LOST' : 'SM_ARCHIVE_WRITE'
  return { code, what: `The archive in ${directory} cannot be written: ${describeThrown(cause)}`, cause }
}

/** The error of a publish that met a fault: nothing of its line is in the archive, unless `isUnknown`. */
export function publishError({ code, what, cause }: WriteFault, isUnknown = false): SmError {
  const error = archiveError(code, what, { cause, details: { transport: 'archive', outcome: 'failed' } })
  return isUnknown ? (toOutcomeUnknown(error) as SmError) : error
}
