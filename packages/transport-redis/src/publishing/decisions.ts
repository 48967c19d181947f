import type { PendingPublish } from '@sm/brokered'
import type { Addressed } from './address-lane.ts'
import type { StreamBatch } from './stream-batch.ts'

const nothing: readonly string[] = Object.freeze([])

/** The outcome of frames that a lost connection took away: which queues have them, and must not get them again. */
export class Decisions {
  readonly #decided = new WeakMap<PendingPublish, readonly string[]>()
  /** Batches of which it is open whether they were appended. */
  #open: StreamBatch[] = []

  /** The queues that have a frame. Only what was sent before can have been decided. */
  of(pending: PendingPublish): readonly string[] {
    return pending.isRepeated ? (this.#decided.get(pending) ?? nothing) : nothing
  }

  set(pending: PendingPublish, queues: readonly string[]): void {
    this.#decided.set(pending, queues)
  }

  /** The outcome of these batches is open until the server is asked. */
  leftOpen(batches: Iterable<StreamBatch>): void {
    this.#open.push(...batches)
  }

  /** The record of the server: for each batch its number, and how many frames each of its queues got. */
  decide(remembered: ReadonlyArray<readonly number[]>): void {
    for (const batch of this.#open.splice(0)) {
      const [, ...appended] = remembered.find(([number]) => number === batch.number) ?? []
      this.#apply(batch, appended)
    }
  }

  #apply(batch: StreamBatch, appended: readonly number[]): void {
    let place = 0
    for (const [queue, list] of batch.lists) {
      const count = appended[place++] ?? 0
      for (let i = 0; i < count; i++) {
        const addressed = list[i] as Addressed
        addressed.done = [...addressed.done, queue]
        this.set(addressed.attempt.pending, addressed.done)
      }
    }
  }
}
