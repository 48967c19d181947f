import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { archiveError } from '../errors.ts'
import { directoryFault } from '../files/archive-directory.ts'
import { type ArchiveFileName, parseFileName } from '../files/file-name.ts'

/** A file of an archive, found in its directory. */
export interface FoundFile extends ArchiveFileName {
  readonly name: string
}

/**
 * Files in the order in which they were begun. Those of one instance stand in the order of their numbers, also where its clock was
 * set back in between.
 */
export function inOrder(files: readonly FoundFile[]): readonly FoundFile[] {
  const latest = new Map<string, number>()
  return files
    .toSorted((a, b) => a.sequence - b.sequence)
    .map(file => {
      const place = Math.max(file.begunAt, latest.get(file.instance) ?? 0)
      latest.set(file.instance, place)
      return { file, place }
    })
    .sort(
      (a, b) =>
        a.place - b.place || a.file.instance.localeCompare(b.file.instance) || a.file.sequence - b.file.sequence,
    )
    .map(({ file }) => file)
}

/** The files of an archive, of one namespace or of all, in order. Throws `SM_ARCHIVE_DIRECTORY`. */
export async function listFiles(directory: string, namespace: string | undefined): Promise<readonly FoundFile[]> {
  let stats: Stats
  let entries: Dirent[]
  try {
    stats = await lstat(directory)
    entries = await readdir(directory, { withFileTypes: true })
  } catch (cause) {
    throw archiveError('SM_ARCHIVE_DIRECTORY', `The directory ${directory} cannot be read`, { cause })
  }
  const fault = directoryFault(stats)
  if (fault) throw archiveError('SM_ARCHIVE_DIRECTORY', `The directory ${directory} ${fault}`)
  const found: FoundFile[] = []
  for (const entry of entries) {
    const file = entry.isFile() ? parseFileName(entry.name) : undefined
    if (file && (namespace === undefined || file.namespace === namespace)) found.push({ ...file, name: entry.name })
  }
  return inOrder(found)
}
