import { Deque, type MaybePromise, type SignalOptions, type SmError } from '@sm/core/transport'
import type { ArchiveSettings } from '../options.ts'
import { PendingPublish } from './pending-publish.ts'
import type { RotatingFile } from './rotating-file.ts'
import { publishError, toWriteFault, type WriteFault } from './write-fault.ts'

/** Most bytes of lines that are written at once. */
const maxBatchBytes = 1_048_576

/** Writes lines in the order in which they come, those of one tick and those that come during a write at once. */
export class ArchiveWriter {
  readonly #deps: ArchiveWriterDeps
  readonly #queue = new Deque<PendingPublish>()
  /** Publishes without room, in order. How many there are is bounded by those who publish, each of whom waits. */
  readonly #waiting = new Set<PendingPublish>()
  /** Bytes of lines that are queued or being written. */
  #bytes = 0
  #lines = 0
  #dropped = 0
  #fault: WriteFault | undefined
  #closed: SmError | undefined
  #run: Promise<void> | undefined

  constructor(deps: ArchiveWriterDeps) {
    this.#deps = deps
  }

  /** What keeps it from writing. */
  get fault(): WriteFault | undefined {
    return this.#fault
  }

  /** Facts for health(). */
  get facts() {
    const { begun: files } = this.#deps.file
    return { files, lines: this.#lines, dropped: this.#dropped, waitingBytes: this.#bytes, waiting: this.#waiting.size }
  }

  /**
   * Takes a line. With `awaitsWrite` it resolves once the line is written, else once the line has a place in the queue. Throws or
   * rejects with the fault while there is one.
   */
  add(line: Buffer, awaitsWrite: boolean, options: SignalOptions | undefined): MaybePromise<void> {
    if (this.#closed) throw this.#closed
    if (this.#fault) throw publishError(this.#fault)
    const publish = new PendingPublish(line, awaitsWrite)
    if (this.#waiting.size === 0 && this.#hasRoom(line)) {
      this.#enqueue(publish)
      if (!awaitsWrite) return
    } else this.#waiting.add(publish)
    return publish.wait(options?.signal, () => this.#withdraw(publish))
  }

  /** Nothing can be written any more: what waits is refused, and what comes, until {@link ArchiveWriter.recover}. */
  fail(fault: WriteFault): void {
    if (this.#fault || this.#closed) return
    this.#fault = fault
    this.#refuse(publishError(fault))
    void this.#deps.file.abandon()
    this.#deps.onFault(fault)
  }

  /** It can be written again. */
  recover(): void {
    this.#fault = undefined
  }

  /** Resolves once every line is written that was taken before. */
  async drain(): Promise<void> {
    while (this.#run) await this.#run
  }

  /** Refuses what waits, with `error`, and what comes. What is being written still is. */
  close(error: SmError): void {
    this.#closed = error
    this.#refuse(error)
  }

  /** A line that is larger than the room goes alone. */
  #hasRoom({ length }: Buffer): boolean {
    return this.#bytes === 0 || this.#bytes + length <= this.#deps.settings.maxWaitingBytes
  }

  #enqueue(publish: PendingPublish): void {
    this.#bytes += publish.line.length
    this.#queue.push(publish)
    publish.queued()
    this.#run ??= this.#writeAll()
  }

  #admit(): void {
    for (const publish of this.#waiting) {
      if (!this.#hasRoom(publish.line)) return
      this.#waiting.delete(publish)
      this.#enqueue(publish)
    }
  }

  #withdraw(publish: PendingPublish): void {
    if (this.#waiting.delete(publish)) return
    // It stays in the queue, and is left out when its turn comes.
    this.#bytes -= publish.line.length
    this.#admit()
  }

  async #writeAll(): Promise<void> {
    // The lines of this tick come along.
    await new Promise(resolve => setImmediate(resolve))
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#write(batch)
    this.#run = undefined
  }

  #take(): PendingPublish[] {
    const most = Math.min(maxBatchBytes, this.#deps.settings.maxFileBytes)
    const batch: PendingPublish[] = []
    let bytes = 0
    for (let next = this.#queue.peek(); next; next = this.#queue.peek()) {
      if (next.isQueued) {
        bytes += next.line.length
        if (batch.length > 0 && bytes > most) break
        next.begin()
        batch.push(next)
      }
      this.#queue.shift()
    }
    return batch
  }

  async #write(batch: readonly PendingPublish[]): Promise<void> {
    const lines = batch.map(({ line }) => line)
    const written = lines.length === 1 ? (lines[0] as Buffer) : Buffer.concat(lines)
    const failed = await this.#deps.file.write(written)
    this.#bytes -= written.length
    if (failed) {
      const fault = toWriteFault(failed.cause, this.#deps.settings.directory)
      const error = publishError(fault, failed.mayBeThere)
      for (const publish of batch) if (!publish.failed(error)) this.#dropped += 1
      this.fail(fault)
    } else {
      this.#lines += batch.length
      for (const publish of batch) publish.written()
    }
    this.#admit()
  }

  /** Ends what waits, in order. Lines whose publishes are over are dropped, which is counted. */
  #refuse(error: SmError): void {
    for (const publish of this.#queue.drain()) {
      if (!publish.isQueued) continue
      this.#bytes -= publish.line.length
      if (!publish.failed(error)) this.#dropped += 1
    }
    for (const publish of this.#waiting) publish.failed(error)
    this.#waiting.clear()
  }
}

/** Dependencies of a writer. */
export interface ArchiveWriterDeps {
  readonly settings: ArchiveSettings
  readonly file: RotatingFile
  /** Told once for each time that nothing can be written any more. */
  onFault(fault: WriteFault): void
}
