import { type Clock, sleep } from '@sm/core/transport'
import type { Groups } from '../groups/groups.ts'
import type { Session } from '../session.ts'
import type { PublishAttempt } from './address-lane.ts'

const pauseMs = 100

/** Publishes to an address that nobody is known to want, or that somebody wants who may come back. */
export class UnknownReceivers {
  readonly #deps: UnknownReceiversDeps
  #doubtful: PublishAttempt[] = []
  #isChecking = false
  #session: Session | undefined

  constructor(deps: UnknownReceiversDeps) {
    this.#deps = deps
  }

  attach(session: Session): void {
    this.#session = session
  }

  /** The caller decides about those that are left. */
  detach(): PublishAttempt[] {
    this.#session = undefined
    return this.#doubtful.splice(0)
  }

  add(attempt: PublishAttempt): void {
    attempt.lane.doubtful += 1
    this.#doubtful.push(attempt)
    if (!this.#isChecking) void this.#check()
  }

  /**
   * Announcements that others made before now have arrived when the server answers. Where a cluster may be slower, its list is
   * asked.
   */
  async #check(): Promise<void> {
    const { groups, clock } = this.#deps
    this.#isChecking = true
    while (this.#doubtful.length > 0 && this.#session) {
      const session = this.#session
      const checked = this.#doubtful
      this.#doubtful = []
      try {
        if (checked.some(({ pending }) => pending.address.kind === 'inbox')) await groups.refresh()
        else await Promise.all([session.flush(), groups.refreshIfOld()])
        if (this.#session !== session) throw session.lostError()
      } catch (error) {
        for (const attempt of checked) {
          attempt.lane.doubtful -= 1
          attempt.pending.failed(error)
        }
        continue
      }
      const isLeft = this.#decide(checked)
      if (isLeft) await sleep(clock, pauseMs)
    }
    this.#isChecking = false
  }

  /** Whether some are still in doubt: a group of which nobody can tell what it wants may want them. */
  #decide(checked: readonly PublishAttempt[]): boolean {
    const { groups, decided } = this.#deps
    const left: PublishAttempt[] = []
    for (const attempt of checked) {
      const { lane, pending } = attempt
      const isDoubtful = lane.isExpecting || (lane.wanting.length === 0 && !groups.isComplete)
      if (isDoubtful && !pending.isEnded) left.push(attempt)
      else {
        lane.doubtful -= 1
        decided(attempt)
      }
    }
    this.#doubtful = [...left, ...this.#doubtful]
    return left.length > 0
  }
}

export interface UnknownReceiversDeps {
  readonly groups: Groups
  readonly clock: Clock
  /** It is known now who wants a frame, if anyone does. */
  readonly decided: (attempt: PublishAttempt) => void
}
