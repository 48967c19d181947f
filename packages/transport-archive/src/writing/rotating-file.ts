import { join } from 'node:path'
import type { TransportContext } from '@sm/core/transport'
import type { ArchiveDirectory } from '../files/archive-directory.ts'
import { zstdCompressed } from '../files/compression.ts'
import { formatFileName } from '../files/file-name.ts'
import type { ArchiveSettings } from '../options.ts'
import { ArchiveFile, type FailedWrite } from './archive-file.ts'
import { removeOldFiles } from './retention.ts'

/** The files of one instance, of which one at a time is written. What is called while a call is under way waits for its end. */
export class RotatingFile {
  readonly #settings: ArchiveSettings
  readonly #context: TransportContext
  readonly #directory: ArchiveDirectory
  #file: ArchiveFile | undefined
  #begunAt = 0
  #sequence = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(settings: ArchiveSettings, context: TransportContext, directory: ArchiveDirectory) {
    this.#settings = settings
    this.#context = context
    this.#directory = directory
  }

  /** Files that were begun. */
  get begun(): number {
    return this.#sequence
  }

  /**
   * Writes whole lines, to the next file if this one would become too large or is too old. With `fsync: 'always'` they are on the disk
   * when it resolves. It resolves with the failure where there is one; the file is closed then, and nothing is written after what
   * may be torn.
   */
  write(lines: Uint8Array): Promise<FailedWrite | undefined> {
    return this.#inTurn(async () => {
      let failed: FailedWrite | undefined
      try {
        const chunk = this.#settings.compress === 'zstd' ? await zstdCompressed(lines) : lines
        const file = await this.#fileFor(chunk.length)
        failed = (await file.append(chunk)) ?? (await this.#confirm(file))
      } catch (cause) {
        failed = { cause, mayBeThere: false }
      }
      if (failed) await this.#abandon()
      return failed
    })
  }

  /** Syncs what was written. A file that could not be synced is written no more: the system may have dropped what it held. */
  sync(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#file?.sync()
      } catch (error) {
        await this.#abandon()
        throw error
      }
    })
  }

  /** Closes the file if it is too old, so that others can take it away although nothing more is published. */
  rotateIfOld(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOld()) await this.#finish()
    })
  }

  /** Closes the file as it is. */
  abandon(): Promise<void> {
    return this.#inTurn(() => this.#abandon())
  }

  /** Syncs and closes the file. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#finish())
  }

  async #fileFor(bytes: number): Promise<ArchiveFile> {
    const file = this.#file
    if (file && file.bytes > 0 && (file.bytes + bytes > this.#settings.maxFileBytes || this.#isOld())) {
      await this.#finish()
    }
    return this.#file ?? this.#begin()
  }

  /** Whether what was appended is where it should be. Undefined where it is. */
  async #confirm(file: ArchiveFile): Promise<FailedWrite | undefined> {
    try {
      if (this.#settings.fsync === 'always') await file.sync()
      if (await file.hasName()) return undefined
    } catch (cause) {
      return { cause, mayBeThere: true }
    }
    return { cause: Object.assign(new Error(`${file.path} was removed`), { code: 'ENOENT' }), mayBeThere: false }
  }

  async #begin(): Promise<ArchiveFile> {
    const { namespace, agent, instance, clock, logger } = this.#context
    const { compress, fsync, maxFiles } = this.#settings
    this.#sequence += 1
    const name = formatFileName({
      ...{ namespace, agent, instance, compress },
      begunAt: clock.now(),
      sequence: this.#sequence,
    })
    this.#file = await ArchiveFile.create(join(this.#directory.path, name))
    this.#begunAt = clock.elapsed()
    if (fsync !== 'never') await this.#directory.sync()
    if (maxFiles !== Number.POSITIVE_INFINITY) {
      // What is left too long does less harm than a message that is not archived.
      await removeOldFiles(this.#directory.path, this.#context, this.#settings).catch(error =>
        logger.warn({ agent, error }, 'Old files of the archive could not be removed'),
      )
    }
    return this.#file
  }

  #isOld(): boolean {
    const { maxFileAgeMs } = this.#settings
    return this.#file !== undefined && this.#context.clock.elapsed() - this.#begunAt >= maxFileAgeMs
  }

  async #finish(): Promise<void> {
    if (this.#settings.fsync !== 'never') await this.#file?.sync()
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #abandon(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => undefined)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}
