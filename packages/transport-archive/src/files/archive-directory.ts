import { constants, type Stats } from 'node:fs'
import { access, lstat, mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveError } from '../errors.ts'

/** Why a directory is not one that an archive can be in; undefined where it is. */
export function directoryFault(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a link'
  if (!stats.isDirectory()) return 'is not a directory'
  // Windows has neither.
  const uid = process.getuid?.()
  if (uid !== undefined && stats.uid !== uid && (stats.mode & 0o002) !== 0) {
    return `belongs to user ${stats.uid}, and anybody may write to it`
  }
  return undefined
}

/** The directory of an archive: claimed at the start, and looked at again while the archive runs. */
export class ArchiveDirectory {
  readonly path: string
  /** Device and inode of what was claimed: another directory may have its name later. */
  #identity: string | undefined

  constructor(path: string) {
    this.path = path
  }

  /** Makes the directory if it is absent, and claims it. Throws `SM_ARCHIVE_DIRECTORY`. */
  async make(): Promise<void> {
    try {
      await lstat(this.path)
    } catch (absence) {
      if ((absence as NodeJS.ErrnoException).code !== 'ENOENT') throw this.#refusal('cannot be looked at', absence)
      await mkdir(this.path, { mode: 0o700, recursive: true }).catch(cause => {
        throw this.#refusal('cannot be made', cause)
      })
    }
    await this.claim()
  }

  /** Claims the directory that is there. Throws `SM_ARCHIVE_DIRECTORY`. */
  async claim(): Promise<void> {
    let stats: Stats
    try {
      stats = await lstat(this.path)
    } catch (cause) {
      throw this.#refusal('cannot be looked at', cause)
    }
    const fault = directoryFault(stats)
    if (fault) throw this.#refusal(fault)
    try {
      await access(this.path, constants.W_OK | constants.X_OK)
    } catch (cause) {
      throw this.#refusal('cannot be written', cause)
    }
    this.#identity = identityOf(stats)
  }

  /** Whether the directory that was claimed is still there, under its name. */
  async isThere(): Promise<boolean> {
    try {
      return identityOf(await lstat(this.path)) === this.#identity
    } catch {
      return false
    }
  }

  /** Writes so many bytes to a file of its own, syncs and removes it. Throws what the system says where that does not work. */
  async probe(name: string, bytes: number): Promise<void> {
    const path = join(this.path, `.${name}.probe`)
    // One that was left behind by a process that was killed: it has the name of this instance, so it is ours.
    await unlink(path).catch(() => undefined)
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(Buffer.alloc(bytes))
      await file.sync()
    } finally {
      await file.close().catch(() => undefined)
      await unlink(path).catch(() => undefined)
    }
  }

  /** Syncs the names in the directory, so that a file that was made is there after a crash of the machine. */
  async sync(): Promise<void> {
    // Windows opens no directories, and needs no sync of them.
    if (process.platform === 'win32') return
    const directory = await open(this.path, 'r')
    try {
      await directory.sync()
    } catch (error) {
      // Some file systems cannot sync a directory.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error
    } finally {
      await directory.close()
    }
  }

  #refusal(why: string, cause?: unknown) {
    const { path } = this
    return archiveError('SM_ARCHIVE_DIRECTORY', `The directory ${path} ${why}`, { cause, details: { directory: path } })
  }
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev} ${ino}`
}
