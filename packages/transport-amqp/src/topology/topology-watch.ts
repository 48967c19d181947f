import type { Cancel, Clock } from '@sm/core/transport'
import type { Session } from '../session.ts'

/** Most subscriptions whose bindings are looked at in one heartbeat. */
const maxChecks = 100
/** How long after a look another one is refused, in milliseconds: many may ask at once. */
const quietMs = 200

/** Looks now and then whether exchanges and bindings are there, and makes them again: nobody tells when somebody deletes them. */
export class TopologyWatch {
  readonly #deps: TopologyWatchDeps
  #cancel: Cancel | undefined
  #isOver = false
  #isChecking = false
  #checkedAt = Number.NEGATIVE_INFINITY
  /** How many subscriptions were looked at so far, in this round. */
  #checked = 0

  constructor(deps: TopologyWatchDeps) {
    this.#deps = deps
  }

  start(): void {
    const { clock, heartbeatMs } = this.#deps
    if (this.#isOver) return
    this.#cancel = clock.schedule(() => void this.#check().finally(() => this.start()), heartbeatMs)
  }

  /** Looks now: somebody has missed something. */
  now(): void {
    const { clock } = this.#deps
    if (this.#isOver || this.#isChecking || clock.elapsed() - this.#checkedAt < quietMs) return
    this.#cancel?.()
    void this.#check().finally(() => this.start())
  }

  stop(): void {
    this.#isOver = true
    this.#cancel?.()
  }

  async #check(): Promise<void> {
    const { session: current, consumptions, fault, clock } = this.#deps
    const session = current()
    if (!session || session.isOver) return
    this.#isChecking = true
    this.#checkedAt = clock.elapsed()
    try {
      await session.declareExchanges()
      const all = [...consumptions]
      for (let i = 0; i < Math.min(all.length, maxChecks); i++) {
        if (session.isOver) return
        await all[(this.#checked + i) % all.length]?.check()
      }
      this.#checked = all.length === 0 ? 0 : (this.#checked + maxChecks) % all.length
    } catch (error) {
      if (!session.isOver && !this.#isOver) fault(error)
    } finally {
      this.#isChecking = false
    }
  }
}

export interface TopologyWatchDeps {
  readonly clock: Clock
  readonly heartbeatMs: number
  /** The session, while all is built on it. */
  readonly session: () => Session | undefined
  /** Whose bindings are looked after. */
  readonly consumptions: ReadonlySet<{ check(): Promise<void> }>
  readonly fault: (error: unknown) => void
}
