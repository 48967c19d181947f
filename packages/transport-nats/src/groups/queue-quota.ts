import type { Cancel, Clock } from '@sm/core/transport'

/** Most frames that are published on the strength of one answer: others publish too. */
const maxGrant = 1_024
const firstPauseMs = 5
const longestPauseMs = 200

/**
 * How many frames may still go into the queue of one group. The server would refuse a frame too many, but take a later one as soon
 * as there is room, and so turn the order around; therefore a publisher asks first, and spends what it was granted.
 */
export class QueueQuota {
  readonly #limit: number
  readonly #clock: Clock
  readonly #ask: QueueQuotaDeps['ask']
  readonly #waiting = new Set<() => void>()
  #left = 0
  #low = 0
  #underWay = 0
  /** Publishes that were under way when it was asked, and those taken since: they may be in the answer or not. */
  #uncounted = 0
  #isAsking = false
  #pauseMs = firstPauseMs
  #retry: Cancel | undefined

  constructor({ limit, clock, ask }: QueueQuotaDeps) {
    this.#limit = limit
    this.#clock = clock
    this.#ask = ask
  }

  get isThere(): boolean {
    return this.#left > 0
  }

  /** Spends one. */
  take(): void {
    this.#left -= 1
    this.#underWay += 1
    this.#uncounted += 1
    if (this.#left <= this.#low) this.#renew()
  }

  /** A publish that was taken is in the queue, or will never be. */
  landed(): void {
    this.#underWay -= 1
  }

  /** Calls `onRoom` once there is room, or every now and then. */
  wait(onRoom: () => void): void {
    this.#waiting.add(onRoom)
    this.#renew()
  }

  /** Nobody waits any more. */
  close(): void {
    this.#retry?.()
    this.#retry = undefined
    this.#waiting.clear()
  }

  /** The number of frames in the queue has become known. */
  grant(queued: number): void {
    const room = this.#limit - queued - this.#uncounted
    // Half, so that publishers who ask at the same time do not fill the whole of it twice.
    this.#left = Math.max(0, Math.min(maxGrant, Math.ceil(room / 2)))
    this.#low = this.#left >> 1
  }

  #renew(): void {
    if (this.#isAsking || this.#retry) return
    this.#isAsking = true
    this.#uncounted = this.#underWay
    this.#ask().then(
      queued => this.#answered(queued),
      () => this.#answered(undefined),
    )
  }

  #answered(queued: number | undefined): void {
    this.#isAsking = false
    if (queued !== undefined) this.grant(queued)
    if (this.isThere) this.#pauseMs = firstPauseMs
    else if (this.#waiting.size > 0) this.#pause()
    // Also without room: whoever is not needed any more has to hear of it.
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const onRoom of waiting) onRoom()
  }

  #pause(): void {
    this.#retry = this.#clock.schedule(() => {
      this.#retry = undefined
      if (this.#waiting.size > 0) this.#renew()
    }, this.#pauseMs)
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }
}

export interface QueueQuotaDeps {
  /** Most frames that the queue may hold. */
  readonly limit: number
  readonly clock: Clock
  /** How many frames the queue holds at the moment; undefined when there is no such queue. */
  readonly ask: () => Promise<number | undefined>
}
