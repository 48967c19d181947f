import type { Cancel, Clock } from '@sm/core/transport'
import { remove } from './fifo.ts'
import { linkPaths } from './pipe-names.ts'

/** Most links whose pipes are made ahead of their calls. */
export const maxAhead = 8
/** How long they are kept for their calls, in milliseconds. */
const aheadMs = 2_000

/**
 * Links whose pipes are there before anybody is called over them: a start calls those who are there at once, and the process that
 * makes its inbox makes these with it, for to start a process costs more than to make a pipe.
 */
export class LinksAhead {
  readonly #directory: string
  readonly #clock: Clock
  readonly #links: string[] = []
  #timer: Cancel | undefined

  /** `directory` is that of the links. */
  constructor(directory: string, clock: Clock) {
    this.#directory = directory
    this.#clock = clock
  }

  /** Keeps links whose pipes have been made, for a while. */
  keep(links: readonly string[]): void {
    if (links.length === 0) return
    this.#links.push(...links)
    this.#timer = this.#clock.schedule(() => this.remove(), aheadMs)
  }

  /** A link for a call: its pipes are that call's from here on. Undefined when none is left. */
  take(): string | undefined {
    return this.#links.pop()
  }

  /** Removes the pipes that no call has taken. */
  remove(): void {
    this.#timer?.()
    for (const link of this.#links.splice(0)) {
      for (const path of Object.values(linkPaths(this.#directory, link))) remove(path)
    }
  }
}
