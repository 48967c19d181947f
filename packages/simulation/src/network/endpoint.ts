import type { Unlisten } from '@sm/core/transport'

/** How a process ends: killed, so that its host closes its connections; or with its host, which tells nobody. */
export type Death = 'killed' | 'powerless'

/** A process, as the network sees it: where it runs, and whether it still does. */
export class Endpoint {
  readonly host: string
  readonly #listeners = new Set<(death: Death) => void>()
  #isAlive = true

  constructor(host: string) {
    this.host = host
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  onEnd(listener: (death: Death) => void): Unlisten {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The process ends here and now. Nothing that it does from now on leaves it. */
  end(death: Death): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    for (const listener of [...this.#listeners]) listener(death)
    this.#listeners.clear()
  }
}
