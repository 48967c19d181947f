import type { CloseOptions } from '@sm/core/transport'

/** Closes something once: whoever asks later waits for the same end, and may be in more of a hurry than who asked first. */
export class Closing {
  readonly #close: (options: CloseOptions, hurry: AbortSignal) => Promise<void>
  readonly #hurry = new AbortController()
  #closing: Promise<void> | undefined

  constructor(close: (options: CloseOptions, hurry: AbortSignal) => Promise<void>) {
    this.#close = close
  }

  run(options: CloseOptions): Promise<void> {
    const { signal: hurry } = this.#hurry
    if (!options.drain || options.signal?.aborted) this.#hurry.abort()
    else options.signal?.addEventListener('abort', () => this.#hurry.abort(), { once: true, signal: hurry })
    this.#closing ??= this.#close(options, hurry)
    return this.#closing
  }
}
