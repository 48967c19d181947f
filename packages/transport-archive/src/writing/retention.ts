import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TransportContext } from '@sm/core/transport'
import { type ArchiveFileName, parseFileName } from '../files/file-name.ts'
import type { ArchiveSettings } from '../options.ts'

interface KnownFile extends ArchiveFileName {
  readonly name: string
}

/**
 * The files of an agent that are too many, the oldest first. The newest of an instance may still be written, by a process of which
 * nothing is known here, unless it is older than an instance keeps a file open.
 */
export function filesToRemove(
  names: readonly string[],
  { namespace, agent, instance, clock }: Pick<TransportContext, 'namespace' | 'agent' | 'instance' | 'clock'>,
  { maxFiles, maxFileAgeMs }: Pick<ArchiveSettings, 'maxFiles' | 'maxFileAgeMs'>,
): readonly string[] {
  const known: KnownFile[] = []
  const newest = new Map<string, number>()
  for (const name of [...names].sort()) {
    const file = parseFileName(name)
    if (file?.agent !== agent || file.namespace !== namespace) continue
    known.push({ ...file, name })
    newest.set(file.instance, Math.max(newest.get(file.instance) ?? 0, file.sequence))
  }
  const closedBefore = clock.now() - 2 * maxFileAgeMs
  const isClosed = (file: KnownFile) =>
    file.sequence < (newest.get(file.instance) as number) || (file.instance !== instance && file.begunAt < closedBefore)
  return known
    .slice(0, Math.max(0, known.length - maxFiles))
    .filter(isClosed)
    .map(({ name }) => name)
}

/** Removes the files of an agent that are too many. Rejects with what the system says. */
export async function removeOldFiles(
  directory: string,
  context: TransportContext,
  settings: ArchiveSettings,
): Promise<void> {
  for (const name of filesToRemove(await readdir(directory), context, settings)) {
    // Another instance may have been faster.
    await unlink(join(directory, name)).catch(error => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    })
  }
}
