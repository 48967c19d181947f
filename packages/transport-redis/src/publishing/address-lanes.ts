import { brokerError } from '@sm/brokered'
import type { Clock, Evidence, TransportReceipt } from '@sm/core/transport'
import { type Addressed, AddressLane } from './address-lane.ts'
import type { Bindings } from './bindings.ts'
import type { StreamBatch } from './stream-batch.ts'

/** Where a frame is not appended because the queue is gone, and where because its key holds something else. */
const gone = -1
const broken = -2

/** The queues that are full, each with the frames that wait for it; and what becomes of frames as batches are answered. */
export class AddressLanes {
  /** The evidence of a publish. */
  evidence: Evidence = 'accepted'
  readonly #deps: AddressLanesDeps
  readonly #lanes = new Map<string, AddressLane>()
  #last: TransportReceipt = { evidence: 'none', copies: 0 }

  constructor(deps: AddressLanesDeps) {
    this.#deps = deps
  }

  get size(): number {
    return this.#lanes.size
  }

  /** Frames that wait. */
  get waiting(): number {
    let sum = 0
    for (const lane of this.#lanes.values()) sum += lane.length
    return sum
  }

  /** When the next full queue is to be tried again. */
  get dueAt(): number {
    let dueAt = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes.values()) dueAt = Math.min(dueAt, lane.dueAt)
    return dueAt
  }

  has(queue: string): boolean {
    return this.#lanes.has(queue)
  }

  /** Adds those who wait for queues that are to be tried again. */
  fill(batch: StreamBatch, now: number): void {
    for (const [queue, lane] of this.#lanes) {
      if (lane.dueAt > now) continue
      const queues = [queue]
      for (const addressed of lane.next()) batch.add(addressed, queues)
      if (lane.length === 0) this.#lanes.delete(queue)
    }
  }

  /** Everything that waits, which waits no more. */
  clear(): readonly Addressed[] {
    const all = [...this.#lanes.values()].flatMap(({ all: waiting }) => waiting)
    this.#lanes.clear()
    return all
  }

  /** The bindings have changed: nothing waits for a queue that is bound no more. */
  rebound(): void {
    for (const [queue, lane] of this.#lanes) {
      if (this.#deps.bindings.has(queue)) continue
      this.#lanes.delete(queue)
      for (const addressed of lane.all) this.#finish(addressed, queue, false)
    }
  }

  /** Applies the answer of the server for each list of a batch. True when every frame of the batch has its place. */
  apply(batch: StreamBatch, appended: readonly number[]): boolean {
    for (const { attempt, queues, done } of batch.fresh) {
      if (queues.length > 0) continue
      if (done.length > 0) attempt.pending.taken(this.#receipt(done.length))
      else attempt.reachedNobody()
    }
    let isWhole = true
    let place = 0
    for (const [queue, list] of batch.lists) {
      const count = appended[place++] ?? 0
      if (count !== list.length) isWhole = false
      this.#applyTo(queue, list, count)
    }
    const now = this.#deps.clock.elapsed()
    for (const [queue, addressed] of batch.deferred) this.#wait(queue, addressed, now)
    return isWhole
  }

  #applyTo(queue: string, list: readonly Addressed[], count: number): void {
    const now = this.#deps.clock.elapsed()
    for (let i = 0; i < count; i++) this.#finish(list[i] as Addressed, queue, true)
    if (count === broken) this.#refuse(queue, list)
    if (count === gone) this.#deps.onGone(queue)
    const found = count === broken ? list.length : Math.max(0, count)
    const lane = this.#lanes.get(queue)
    if (!lane) {
      for (let i = found; i < list.length; i++) this.#wait(queue, list[i] as Addressed, now)
      return
    }
    for (let i = found; i < list.length; i++) notTaken(list[i] as Addressed)
    lane.tried(found, now)
    if (lane.length === 0) this.#lanes.delete(queue)
  }

  #wait(queue: string, addressed: Addressed, now: number): void {
    const lane = this.#lanes.get(queue) ?? new AddressLane(queue, now)
    this.#lanes.set(queue, lane)
    lane.push(addressed)
    notTaken(addressed)
  }

  #refuse(queue: string, list: readonly Addressed[]): void {
    const what = `The key of the queue ${queue} holds something else than a stream`
    for (const addressed of list) {
      addressed.error = brokerError('SM_BROKER_TOPOLOGY', what, { details: { transport: 'redis', queue } })
      this.#finish(addressed, queue, false)
    }
  }

  /** One of its queues has it, or never will. */
  #finish(addressed: Addressed, queue: string, hasIt: boolean): void {
    const { attempt, queues } = addressed
    if (hasIt) addressed.done = queues.length === 1 ? queues : [...addressed.done, queue]
    const { done, error } = addressed
    if (done.length < queues.length) {
      const { bindings } = this.#deps
      const isOpen = (each: string) => (hasIt || each !== queue) && !done.includes(each) && bindings.has(each)
      if (queues.some(isOpen)) return
    }
    if (error) attempt.pending.failed(error)
    else if (done.length === 0) attempt.reachedNobody()
    else attempt.pending.taken(this.#receipt(done.length))
  }

  /** Most frames have the same: one group, and what the server proves. */
  #receipt(copies: number): TransportReceipt {
    if (this.#last.copies !== copies || this.#last.evidence !== this.evidence) {
      this.#last = Object.freeze({ evidence: this.evidence, copies })
    }
    return this.#last
  }
}

/** Dependencies of the lanes. */
export interface AddressLanesDeps {
  readonly bindings: Bindings
  readonly clock: Clock
  /** A queue is bound that is not there. */
  readonly onGone: (queue: string) => void
}

/** The server has said that it did not take it: so far nobody can have got it. */
function notTaken({ attempt, queues, done }: Addressed): void {
  if (done.length === 0 && queues.length === 1) attempt.pending.notTaken()
}
