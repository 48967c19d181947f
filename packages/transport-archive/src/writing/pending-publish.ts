import { toOutcomeUnknown } from '@sm/core/transport'

/** How far a publish has come: it waits for room, its line waits to be written, is being written, or it has ended. */
type Stage = 'waiting' | 'queued' | 'writing' | 'ended'

/** A publish under way, from the call to its end. */
export class PendingPublish {
  /** Its line, with the line feed. */
  readonly line: Buffer
  /** Ends once the line is written; else once it is queued. */
  readonly awaitsWrite: boolean
  #stage: Stage = 'waiting'
  #resolve: (() => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #forget: (() => void) | undefined

  constructor(line: Buffer, awaitsWrite: boolean) {
    this.line = line
    this.awaitsWrite = awaitsWrite
  }

  get isQueued(): boolean {
    return this.#stage === 'queued'
  }

  /**
   * Resolves when the publish is done. When `signal` aborts, it rejects with its reason: `withdraw` takes the line out, unless it is
   * being written, when nobody knows whether it will be in the archive.
   */
  wait(signal: AbortSignal | undefined, withdraw: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        withdraw()
        this.#stage = 'ended'
        return reject(signal.reason)
      }
      this.#resolve = resolve
      this.#reject = reject
      const onAbort = () => {
        if (this.#stage === 'writing') return this.#end(toOutcomeUnknown(signal?.reason))
        withdraw()
        this.#end(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#forget = () => signal?.removeEventListener('abort', onAbort)
    })
  }

  /** The line has its place. */
  queued(): void {
    this.#stage = 'queued'
    if (!this.awaitsWrite) this.#settle(resolve => resolve())
  }

  /** The line is handed to the file. */
  begin(): void {
    this.#stage = 'writing'
  }

  /** The line is in the file. */
  written(): void {
    this.#stage = 'ended'
    this.#settle(resolve => resolve())
  }

  /** The line is not in the file, or nobody knows. False where nobody waits to be told. */
  failed(error: unknown): boolean {
    const isHeard = this.#reject !== undefined
    this.#end(error)
    return isHeard
  }

  #end(error: unknown): void {
    this.#stage = 'ended'
    this.#settle((_, reject) => reject(error))
  }

  #settle(how: (resolve: () => void, reject: (error: unknown) => void) => void): void {
    this.#forget?.()
    if (this.#resolve && this.#reject) how(this.#resolve, this.#reject)
    this.#resolve = undefined
    this.#reject = undefined
  }
}
