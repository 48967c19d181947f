import { isSmError } from '@sm/core/transport'
import type { Server } from '../options.ts'

/** The servers of which one is enough. */
export class Servers {
  readonly #servers: [Server, ...Server[]]

  constructor([first, ...others]: readonly [Server, ...Server[]]) {
    this.#servers = [first, ...others]
  }

  /** The one that was connected to last, or is to be tried next. */
  get current(): Server {
    return this.#servers[0]
  }

  /** Opens something at one after the other, each once, until it succeeds. Rejects with what can be put right rather than with what may pass. */
  async open<T>(openAt: (server: Server) => Promise<T>, signal: AbortSignal): Promise<T> {
    const failures: unknown[] = []
    for (let tries = this.#servers.length; tries > 0; tries--) {
      try {
        return await openAt(this.current)
      } catch (error) {
        if (signal.aborted) throw error
        failures.push(error)
        // The next one is the first to be tried from now on.
        const [first, ...others] = this.#servers
        this.#servers.splice(0, this.#servers.length, ...others, first)
      }
    }
    throw failures.find(error => isSmError(error) && !error.retryable) ?? failures[0]
  }
}
