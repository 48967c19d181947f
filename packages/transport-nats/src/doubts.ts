import { type Clock, sleep } from '@sm/core/transport'
import type { Groups } from './groups.ts'
import type { Kept } from './lane.ts'
import type { Session } from './session.ts'

export interface DoubtsParts {
  readonly groups: Groups
  readonly clock: Clock
  /** It is known now who wants a frame, if anyone does. */
  readonly decided: (kept: Kept) => void
}

const pauseMs = 100

/** Publishes to an address that nobody is known to want, or that somebody wants who may come back. */
export class Doubts {
  readonly #parts: DoubtsParts
  #doubtful: Kept[] = []
  #isChecking = false
  #session: Session | undefined

  constructor(parts: DoubtsParts) {
    this.#parts = parts
  }

  attach(session: Session): void {
    this.#session = session
  }

  /** What is left is the caller's. */
  detach(): Kept[] {
    this.#session = undefined
    return this.#doubtful.splice(0)
  }

  add(kept: Kept): void {
    kept.lane.doubtful += 1
    this.#doubtful.push(kept)
    if (!this.#isChecking) void this.#check()
  }

  /** What others have told before now has arrived when the server answers. Where a cluster may be slower, its list is asked. */
  async #check(): Promise<void> {
    const { groups, clock } = this.#parts
    this.#isChecking = true
    while (this.#doubtful.length > 0 && this.#session) {
      const session = this.#session
      const checked = this.#doubtful
      this.#doubtful = []
      try {
        if (checked.some(({ publication }) => publication.address.kind === 'inbox')) await groups.refresh()
        else await Promise.all([session.flush(), groups.refreshIfOld()])
        if (this.#session !== session) throw session.lostError()
      } catch (error) {
        for (const kept of checked) {
          kept.lane.doubtful -= 1
          kept.reject(error)
        }
        continue
      }
      const isLeft = this.#decide(checked)
      if (isLeft) await sleep(clock, pauseMs)
    }
    this.#isChecking = false
  }

  /** Whether some are still in doubt: a group of which nobody can tell what it wants may want them. */
  #decide(checked: readonly Kept[]): boolean {
    const { groups, decided } = this.#parts
    const left: Kept[] = []
    for (const kept of checked) {
      const { lane, publication } = kept
      const isDoubtful = lane.isExpecting || (lane.wanting.length === 0 && !groups.isComplete)
      if (isDoubtful && !publication.abandoned) left.push(kept)
      else {
        lane.doubtful -= 1
        decided(kept)
      }
    }
    this.#doubtful = [...left, ...this.#doubtful]
    return left.length > 0
  }
}
