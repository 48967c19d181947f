import type { CloseOptions } from '../contract/index.ts'

/**
 * The close of a consumer: it runs once, and every caller waits for the same end. A caller without a drain, or the signal of
 * any caller, ends a drain that an earlier caller began.
 */
export class Closing {
  readonly #close: (options: CloseOptions, drainEnds: AbortSignal) => Promise<void>
  readonly #drainEnds = new AbortController()
  #closing: Promise<void> | undefined

  constructor(close: (options: CloseOptions, drainEnds: AbortSignal) => Promise<void>) {
    this.#close = close
  }

  run(options: CloseOptions): Promise<void> {
    const { signal: drainEnds } = this.#drainEnds
    if (!options.drain || options.signal?.aborted) this.#drainEnds.abort()
    else options.signal?.addEventListener('abort', () => this.#drainEnds.abort(), { once: true, signal: drainEnds })
    this.#closing ??= this.#close(options, drainEnds)
    return this.#closing
  }
}
