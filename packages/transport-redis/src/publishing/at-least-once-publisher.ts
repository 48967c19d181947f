import { brokerError, type FrameFormat, type PendingPublish } from '@sm/brokered'
import { type Cancel, Deque, type Evidence } from '@sm/core/transport'
import type { Connection } from '../connection/connection.ts'
import { fromDriver, isNotNow, replyCode } from '../errors.ts'
import type { Names } from '../wire/names.ts'
import type { Reply } from '../wire/reply.ts'
import { fenceScript, maxBatches, publishScript } from '../wire/scripts/index.ts'
import { AbsentQueues } from './absent-queues.ts'
import type { Addressed } from './address-lane.ts'
import { AddressLanes, type AddressLanesDeps } from './address-lanes.ts'
import { Decisions } from './decisions.ts'
import { inOrder, PublishAttempt } from './publish-attempt.ts'
import { StreamBatch } from './stream-batch.ts'

/** How soon a server that cannot write is asked again, in milliseconds. */
const retryMs = 100

/** Fewer frames than this wait for an answer, while others are under way. */
const worthwhile = 32

/**
 * Publishes at least once, in batches, a few of them under way. A frame waits where a queue is full, behind those before it.
 * When one batch was not appended whole, the server refuses those behind it, so that no frame overtakes another; and it
 * remembers the last batches, so that none is appended twice.
 */
export class AtLeastOncePublisher {
  readonly #deps: AtLeastOncePublisherDeps
  readonly #lanes: AddressLanes
  readonly #fresh = new Deque<PublishAttempt>()
  readonly #expectant: AbsentQueues
  /** Frames of batches that were not appended, before all others. */
  #returned: PublishAttempt[] = []
  readonly #decisions = new Decisions()
  readonly #inFlight = new Set<StreamBatch>()
  #connection: Connection | undefined
  #epoch = ''
  #isScheduled = false
  /** Until everything under way has been answered, nothing else leaves. */
  #isHeld = false
  #hasLost = false
  #pausedUntil = 0
  #isFull = false
  #cancel: Cancel | undefined
  #frames = 0
  #batches = 0
  #answers = 0

  constructor(deps: AtLeastOncePublisherDeps) {
    this.#deps = deps
    this.#lanes = new AddressLanes(deps)
    this.#expectant = new AbsentQueues({
      ...deps,
      connection: () => this.#connection,
      learn: (version, pairs) => this.#learn(version, pairs),
      changed: () => this.bound(),
    })
  }

  /** Frames that wait for room in a queue. */
  get waiting(): number {
    return this.#lanes.waiting
  }

  publish(pending: PendingPublish): void {
    const attempt = new PublishAttempt(pending, ++this.#frames, this.#deps.format)
    this.#fresh.push(attempt)
    this.#schedule()
  }

  /** Begins with a new connection: what the last one left open is decided first. */
  async resume(connection: Connection, evidence: Evidence): Promise<void> {
    await this.#fence(connection)
    this.#lanes.evidence = evidence
    this.#pausedUntil = 0
    this.#isHeld = false
    this.#connection = connection
  }

  /** The connection is gone, and with it whatever was under way. */
  lost(): void {
    this.#hasLost ||= this.#connection !== undefined
    this.#connection = undefined
    this.#cancel?.()
    this.#expectant.stop()
    this.#decisions.leftOpen(this.#inFlight)
    const all = new Set(this.#takeFresh())
    for (const batch of this.#inFlight) for (const { attempt } of batch.fresh) all.add(attempt)
    for (const { attempt, done } of this.#lanes.clear()) {
      if (done.length > 0) this.#decisions.set(attempt.pending, done)
      all.add(attempt)
    }
    this.#inFlight.clear()
    for (const attempt of inOrder(all)) attempt.lost()
  }

  /** The bindings have changed. */
  rebound(): void {
    this.#lanes.rebound()
    this.bound()
  }

  /** A queue is bound, or expected no more: those who wait for one are matched anew. */
  bound(): void {
    if (this.#expectant.isEmpty) return
    this.#returned = inOrder([...this.#returned, ...this.#expectant.take()])
    this.#schedule()
  }

  #takeFresh(): readonly PublishAttempt[] {
    const all = [...this.#returned, ...this.#expectant.take(), ...this.#fresh.drain()]
    this.#returned = []
    return inOrder(all)
  }

  get #maySend(): boolean {
    const { size } = this.#inFlight
    if (size === 0) return true
    if (this.#isHeld || this.#lanes.size > 0 || size >= maxBatches) return false
    return this.#fresh.length >= worthwhile
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#maySend) return
    this.#isScheduled = true
    // After everything that is published in this tick.
    process.nextTick(() => {
      this.#isScheduled = false
      while (this.#maySend && this.#send());
    })
  }

  /** Sends a batch. False when there is nothing to send. */
  #send(): boolean {
    const connection = this.#connection
    if (!connection) {
      for (const attempt of this.#takeFresh()) attempt.lost()
      return false
    }
    const { names, bindings, instance, maxQueued, clock } = this.#deps
    const now = clock.elapsed()
    const batch = now < this.#pausedUntil ? undefined : this.#compose(now)
    if (batch === undefined || batch.isEmpty) {
      this.#wake(now)
      return false
    }
    this.#isHeld = false
    const keys = [names.version, names.bindings, names.producer(instance), ...batch.keys]
    const args = [bindings.version, this.#epoch, batch.number, this.#answers, maxQueued, ...batch.args]
    this.#inFlight.add(batch)
    connection.runKnown(publishScript, keys, args).then(
      reply => this.#answered(connection, batch, reply as readonly Reply[]),
      error => this.#failed(connection, batch, error),
    )
    return true
  }

  /** Sees to it that full queues are tried again. */
  #wake(now: number): void {
    this.#cancel?.()
    const dueAt = now < this.#pausedUntil ? this.#pausedUntil : this.#lanes.dueAt
    if (dueAt === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#deps.clock.schedule(() => this.#schedule(), Math.max(1, dueAt - now))
  }

  #compose(now: number): StreamBatch {
    this.#batches += 1
    const batch = new StreamBatch(this.#batches, this.#deps.names)
    if (this.#lanes.size > 0) this.#lanes.fill(batch, now)
    const returned = this.#returned
    let used = 0
    while (!batch.isFull) {
      const attempt = used < returned.length ? (returned[used++] as PublishAttempt) : this.#fresh.shift()
      if (!attempt) break
      if (attempt.pending.isEnded) attempt.lost()
      else if (this.#deps.bindings.isExpected(attempt.place, now)) this.#expectant.add(attempt)
      else this.#place(batch, attempt)
    }
    if (used > 0) this.#returned = returned.slice(used)
    return batch
  }

  #place(batch: StreamBatch, attempt: PublishAttempt): void {
    const matching = this.#deps.bindings.match(attempt.place)
    const done = this.#decisions.of(attempt.pending)
    const queues = done.length === 0 ? matching : matching.filter(queue => !done.includes(queue))
    const addressed: Addressed = { attempt, queues, done, error: undefined }
    batch.fresh.push(addressed)
    if (queues.length === 0) return
    if (this.#lanes.size === 0) {
      batch.add(addressed, queues)
      return
    }
    const open = queues.filter(queue => !this.#lanes.has(queue))
    for (const queue of queues) if (this.#lanes.has(queue)) batch.deferred.push([queue, addressed])
    if (open.length > 0) batch.add(addressed, open.length === queues.length ? queues : open)
  }

  #answered(connection: Connection, batch: StreamBatch, reply: readonly Reply[]): void {
    if (!this.#inFlight.delete(batch)) return
    this.#answers = batch.number
    const [kind] = reply
    if (kind === 1) {
      this.#isFull = false
      if (!this.#lanes.apply(batch, reply.slice(1) as readonly number[])) this.#isHeld = true
      if (this.#lanes.size > 0) this.#wake(this.#deps.clock.elapsed())
    } else {
      this.#takeBack(batch)
      if (kind === 2) this.#learn(String(reply[1]), reply[2] as readonly Buffer[])
      if (kind === 5) this.#cannotWrite(connection, String(reply[1]))
      if (kind === 3 || kind === 5) void this.#begin(connection)
    }
    this.#schedule()
  }

  #failed(connection: Connection, batch: StreamBatch, error: unknown): void {
    if (!this.#inFlight.has(batch)) return
    const code = replyCode(error)
    // A connection that is gone is told by itself.
    if (code === undefined) return
    this.#inFlight.delete(batch)
    this.#answers = batch.number
    if (code === 'NOSCRIPT' || isNotNow(error)) {
      this.#takeBack(batch)
      if (code !== 'NOSCRIPT') this.#cannotWrite(connection, code)
      void this.#begin(connection)
    } else {
      const coded = fromDriver(error, connection.where, 'take frames')
      for (const { attempt } of [...batch.fresh, ...this.#lanes.clear()]) attempt.pending.failed(coded)
    }
    this.#schedule()
  }

  /** Nothing of the batch was appended: its fresh frames are matched anew, those of lanes are in them still. */
  #takeBack(batch: StreamBatch): void {
    this.#isHeld = true
    for (const { attempt, done } of batch.fresh) if (done.length === 0) attempt.pending.notTaken()
    this.#returned = inOrder([...this.#returned, ...batch.fresh.map(({ attempt }) => attempt)])
  }

  #cannotWrite(connection: Connection, answer: string): void {
    if (!this.#isFull) {
      const what = `Redis at ${connection.where} cannot take frames at the moment: ${answer}`
      this.#deps.onFault(brokerError('SM_BROKER_FULL', what, { details: { transport: 'redis' } }))
    }
    this.#isFull = true
  }

  #learn(version: string, pairs: readonly Buffer[]): void {
    this.#deps.bindings.replace(version, pairs.map(String))
    this.rebound()
  }

  /** Begins a new session over a connection that is still there. */
  async #begin(connection: Connection): Promise<void> {
    if (this.#pausedUntil === Number.POSITIVE_INFINITY) return
    this.#pausedUntil = Number.POSITIVE_INFINITY
    try {
      await connection.call('SCRIPT', ['LOAD', publishScript.body])
      await this.#fence(connection)
    } catch (error) {
      if (this.#connection === connection && !connection.isEnded) {
        this.#deps.onFault(fromDriver(error, connection.where, 'begin a session'))
      }
    } finally {
      const now = this.#deps.clock.elapsed()
      this.#pausedUntil = this.#isFull ? now + retryMs : 0
      this.#wake(now)
      this.#schedule()
    }
  }

  async #fence(connection: Connection): Promise<void> {
    const { names, instance, memoryMs } = this.#deps
    const keys = [names.producer(instance), names.version, names.bindings]
    const reply = (await connection.run(fenceScript, keys, [memoryMs])) as readonly Reply[]
    const [epoch, version, pairs, results] = reply
    this.#epoch = String(epoch)
    if (this.#hasLost) {
      const { bindings, clock, returnMs } = this.#deps
      bindings.recall(String(version), (pairs as readonly Buffer[]).map(String), clock.elapsed() + returnMs)
      this.#hasLost = false
      this.rebound()
    } else this.#learn(String(version), pairs as readonly Buffer[])
    this.#decisions.decide((results as readonly Buffer[]).map(result => String(result).split(',').map(Number)))
  }
}

/** Dependencies of a publisher. */
export interface AtLeastOncePublisherDeps extends AddressLanesDeps {
  readonly names: Names
  readonly format: FrameFormat
  readonly instance: string
  readonly maxQueued: number
  /** How long the server remembers the last batches, in milliseconds. */
  readonly memoryMs: number
  /** How long queues that a server has forgotten are waited for, in milliseconds. */
  readonly returnMs: number
  readonly onFault: (error: unknown) => void
}
