import { type Clock, sleep } from '@sm/core/transport'
import type { Groups } from '../groups/groups.ts'
import type { Session } from '../session.ts'
import type { PendingPublish } from './address-lane.ts'

const pauseMs = 100

/** Publishes to an address that nobody is known to want, or that somebody wants who may come back. */
export class UnknownReceivers {
  readonly #deps: UnknownReceiversDeps
  #doubtful: PendingPublish[] = []
  #isChecking = false
  #session: Session | undefined

  constructor(deps: UnknownReceiversDeps) {
    this.#deps = deps
  }

  attach(session: Session): void {
    this.#session = session
  }

  /** What is left is the caller's. */
  detach(): PendingPublish[] {
    this.#session = undefined
    return this.#doubtful.splice(0)
  }

  add(pending: PendingPublish): void {
    pending.lane.doubtful += 1
    this.#doubtful.push(pending)
    if (!this.#isChecking) void this.#check()
  }

  /** What others have told before now has arrived when the server answers. Where a cluster may be slower, its list is asked. */
  async #check(): Promise<void> {
    const { groups, clock } = this.#deps
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
        for (const pending of checked) {
          pending.lane.doubtful -= 1
          pending.reject(error)
        }
        continue
      }
      const isLeft = this.#decide(checked)
      if (isLeft) await sleep(clock, pauseMs)
    }
    this.#isChecking = false
  }

  /** Whether some are still in doubt: a group of which nobody can tell what it wants may want them. */
  #decide(checked: readonly PendingPublish[]): boolean {
    const { groups, decided } = this.#deps
    const left: PendingPublish[] = []
    for (const pending of checked) {
      const { lane, publication } = pending
      const isDoubtful = lane.isExpecting || (lane.wanting.length === 0 && !groups.isComplete)
      if (isDoubtful && !publication.abandoned) left.push(pending)
      else {
        lane.doubtful -= 1
        decided(pending)
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
  readonly decided: (pending: PendingPublish) => void
}
