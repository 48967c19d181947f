import type { Cancel, Clock } from '@sm/core/transport'
import type { ArchiveDirectory } from '../files/archive-directory.ts'
import type { ArchiveSettings } from '../options.ts'
import type { ArchiveWriter } from './archive-writer.ts'
import type { RotatingFile } from './rotating-file.ts'
import { toWriteFault } from './write-fault.ts'

/** Bytes that a disk must take before an archive is written again. */
const probeBytes = 65_536

/** What an archive does by itself: it looks for its directory, closes old files, syncs, and finds out when it can write again. */
export class Upkeep {
  readonly #deps: UpkeepDeps
  readonly #cancels: Cancel[] = []
  #isStopped = false
  /** Looks and syncs that are under way. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(deps: UpkeepDeps) {
    this.#deps = deps
  }

  start(): void {
    const { checkMs, fsync, fsyncIntervalMs } = this.#deps.settings
    this.#every(0, checkMs, () => this.#check())
    if (fsync === 'interval') this.#every(1, fsyncIntervalMs, () => this.#sync())
  }

  /** Begins nothing more, and resolves once what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const cancel of this.#cancels) cancel()
    await Promise.all(this.#underWay)
  }

  /** One after the other: a disk that takes its time is not asked again meanwhile. */
  #every(place: number, ms: number, work: () => Promise<void>): void {
    this.#cancels[place] = this.#deps.clock.schedule(() => {
      const done: Promise<void> = work().finally(() => {
        this.#underWay.delete(done)
        if (!this.#isStopped) this.#every(place, ms, work)
      })
      this.#underWay.add(done)
    }, ms)
  }

  async #check(): Promise<void> {
    const { writer, directory, file } = this.#deps
    if (writer.fault) return this.#tryAgain()
    if (!(await directory.isThere())) {
      const { path } = directory
      writer.fail({ code: 'SM_ARCHIVE_LOST', what: `The directory ${path} was removed, replaced or cannot be seen` })
      return
    }
    await this.#orFail(() => file.rotateIfOld())
  }

  async #sync(): Promise<void> {
    await this.#orFail(() => this.#deps.file.sync())
  }

  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (cause) {
      this.#deps.writer.fail(toWriteFault(cause, this.#deps.directory.path))
    }
  }

  async #tryAgain(): Promise<void> {
    const { directory, writer, instance, onRecovery } = this.#deps
    try {
      await directory.claim()
      await directory.probe(instance, probeBytes)
    } catch {
      // It is as it was: the fault that was told still holds.
      return
    }
    writer.recover()
    onRecovery()
  }
}

/** Dependencies of the upkeep. */
export interface UpkeepDeps {
  readonly settings: ArchiveSettings
  readonly clock: Clock
  readonly instance: string
  readonly directory: ArchiveDirectory
  readonly file: RotatingFile
  readonly writer: ArchiveWriter
  onRecovery(): void
}
