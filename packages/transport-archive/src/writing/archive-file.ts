import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'

/** Made by this call and no other, never over a link, written at its end alone. */
const flags =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0)

/** A write that failed. */
export interface FailedWrite {
  readonly cause: unknown
  /** Some of it may be in the archive. */
  readonly mayBeThere: boolean
}

/** One file of the archive while it is written. Its calls must not overlap. */
export class ArchiveFile {
  readonly path: string
  readonly #handle: FileHandle
  #bytes = 0
  #isSynced = true

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /** Makes a file of mode 0600. Rejects with EEXIST for one that is there. */
  static async create(path: string): Promise<ArchiveFile> {
    return new ArchiveFile(path, await open(path, flags, 0o600))
  }

  /** Bytes of whole writes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Appends all of it. Resolves with the failure where there is one: then a part of it is cut off again, if that can be. */
  async append(chunk: Uint8Array): Promise<FailedWrite | undefined> {
    try {
      this.#isSynced = false
      for (let from = 0; from < chunk.length; ) {
        // A disk that is almost full takes a part.
        const { bytesWritten } = await this.#handle.write(chunk, from, chunk.length - from)
        from += bytesWritten
      }
      this.#bytes += chunk.length
      return undefined
    } catch (cause) {
      return { cause, mayBeThere: !(await this.#cutOff()) }
    }
  }

  /** Resolves once what was appended is on the disk. */
  async sync(): Promise<void> {
    if (this.#isSynced) return
    await this.#handle.datasync()
    this.#isSynced = true
  }

  /** Whether the file still has a name: one that was removed can be written, and read by nobody. */
  async hasName(): Promise<boolean> {
    return (await this.#handle.stat()).nlink > 0
  }

  async close(): Promise<void> {
    await this.#handle.close()
    // Nothing is in it that anybody could miss.
    if (this.#bytes === 0) await unlink(this.path).catch(() => undefined)
  }

  async #cutOff(): Promise<boolean> {
    try {
      await this.#handle.truncate(this.#bytes)
      return true
    } catch {
      return false
    }
  }
}
