import type { Delivery, RejectReason, SubscriptionSpec } from '../contract/index.ts'
import { smError, transportError } from '../errors/index.ts'
import { type Cancel, Deque, type TimerOptions } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import type { Settlement, SettleOnce } from '../transport-kit/index.ts'
import { Consumer, type ConsumerHost, type QueuedFrame } from './consumer.ts'
import type { Pumped } from './pump.ts'

/** A publish that waits for room. */
interface Waiting {
  readonly frame: Frame
  readonly taken: () => void
  readonly refused: (error: unknown) => void
}

/** The parts of its hub that a group calls back. */
export interface GroupHost {
  /** Runs a queue soon, never within the caller's own call. */
  soon(queue: Pumped): void
  schedule(callback: () => void, delayMs: number, options?: TimerOptions): Cancel
  /** A frame is given up: keep it as a dead letter. */
  bury(frame: Frame, reason: RejectReason): void
  /** The group takes nothing new any more. */
  retired(): void
  /** The group has neither members nor frames. */
  ended(group: Group): void
}

export interface GroupOptions {
  readonly maxQueued: number
  readonly graceMs: number
}

/** Deliveries of one group before others get their turn. */
const deliveriesPerRun = 256

/** The consumers of one target that share its frames, and the frames that wait for them. */
export class Group implements ConsumerHost, Pumped {
  readonly key: string
  readonly spec: SubscriptionSpec
  readonly #host: GroupHost
  readonly #options: GroupOptions
  readonly #queue = new Deque<QueuedFrame>()
  readonly #delayed = new Map<QueuedFrame, Cancel>()
  readonly #waiting = new Set<Waiting>()
  #members: Consumer[] = []
  /** Members that drain: they get what is left once nobody else can. */
  #leaving: Consumer[] = []
  #next = 0
  #pumping = false
  #grace: Cancel | undefined

  constructor(key: string, spec: SubscriptionSpec, host: GroupHost, options: GroupOptions) {
    this.key = key
    this.spec = spec
    this.#host = host
    this.#options = options
  }

  /** Whether frames may be published to it: it has a member that takes new ones. */
  get open(): boolean {
    return this.#members.length > 0
  }

  get queued(): number {
    return this.#queue.length + this.#delayed.size
  }

  join(prefetch: number, onDelivery: (delivery: Delivery) => void): Consumer {
    this.#grace?.()
    this.#grace = undefined
    const consumer = new Consumer(this, prefetch, onDelivery)
    this.#members = [...this.#members, consumer]
    this.#checkLeaving()
    this.#schedule()
    return consumer
  }

  /** Takes a frame if there is room. Those who already wait come first. */
  offer(frame: Frame): boolean {
    if (this.queued >= this.#options.maxQueued || this.#waiting.size > 0) return false
    this.#queue.push({ frame, attempt: 1 })
    this.#schedule()
    return true
  }

  /** Takes a frame as soon as there is room. Rejects with the signal's reason, and then never takes it. */
  wait(frame: Frame, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const end = () => signal?.removeEventListener('abort', onAbort)
      const onAbort = () => {
        this.#waiting.delete(waiting)
        waiting.refused(signal?.reason)
      }
      const waiting: Waiting = {
        frame,
        taken: () => {
          end()
          resolve()
        },
        refused: error => {
          end()
          reject(error)
        },
      }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  settled(delivery: SettleOnce, settlement: Settlement): void {
    if (settlement.kind === 'reject') this.#host.bury(delivery.frame, settlement.reason)
    else if (settlement.kind === 'nack') this.#requeue(delivery, settlement.delayMs, settlement.begun !== false)
    if (this.#queue.length > 0) this.#schedule()
  }

  /** The consumer takes on nothing new; while nobody else does either, it still gets what the group has accepted. */
  retire(consumer: Consumer): void {
    this.#members = this.#members.filter(member => member !== consumer)
    this.#leaving = [...this.#leaving, consumer]
    if (this.#members.length > 0) return
    this.#host.retired()
    this.#schedule()
  }

  /** Whether a consumer that drains has nothing more to wait for than what it holds. */
  get isDone(): boolean {
    return this.#members.length > 0 || (this.queued === 0 && this.#waiting.size === 0)
  }

  /** The consumer is gone; what it held goes to the others, or waits for a successor. */
  leave(consumer: Consumer, handedBack: readonly SettleOnce[]): void {
    this.#members = this.#members.filter(member => member !== consumer)
    this.#leaving = this.#leaving.filter(member => member !== consumer)
    for (const delivery of handedBack) this.#requeue(delivery, 0, true)
    if (this.#members.length > 0 || this.#leaving.length > 0) this.#schedule()
    else this.#orphan()
  }

  #requeue({ frame, attempt }: SettleOnce, delayMs: number, begun: boolean): void {
    if (frame.header.delivery === 'at-most-once') return
    // To the back: a frame that fails again and again must not stand before the others.
    const queued = { frame, attempt: begun ? attempt + 1 : attempt }
    if (delayMs <= 0) {
      this.#queue.push(queued)
      return
    }
    const release = () => {
      this.#delayed.delete(queued)
      this.#queue.push(queued)
      this.#schedule()
    }
    // A try that was promised keeps the process alive; a wait for a handler that may never come does not.
    this.#delayed.set(queued, this.#host.schedule(release, delayMs, { keepAlive: begun }))
  }

  /** No member is left: frames wait for a successor for a while, then become dead letters. */
  #orphan(): void {
    this.#host.retired()
    for (const waiting of this.#waiting) {
      const what = `The last consumer of ${this.key} left while a publish waited for room`
      waiting.refused(smError('SM_ROUTE_NONE', what, { details: { outcome: 'failed' } }))
    }
    this.#waiting.clear()
    if (this.queued === 0) this.#host.ended(this)
    else this.#grace = this.#host.schedule(() => this.#abandon(), this.#options.graceMs)
  }

  #abandon(): void {
    for (const [queued, cancel] of this.#delayed) {
      cancel()
      this.#queue.push(queued)
    }
    this.#delayed.clear()
    const { code, message } = transportError('SM_DELIVERY_ABANDONED', `No consumer of ${this.key} came back in time`)
    for (const queued of this.#queue.drain()) this.#host.bury(queued.frame, { code, message })
    this.#host.ended(this)
  }

  #schedule(): void {
    if (this.#pumping) return
    this.#pumping = true
    this.#host.soon(this)
  }

  /** Hands frames to those who have room. */
  run(): number {
    this.#pumping = false
    let delivered = 0
    while (this.#queue.length > 0 && delivered < deliveriesPerRun) {
      const consumer = this.#choose()
      if (!consumer) break
      delivered += 1
      consumer.deliver(this.#queue.shift() as QueuedFrame)
    }
    if (delivered === deliveriesPerRun && this.#queue.length > 0) this.#schedule()
    if (this.#waiting.size > 0) this.#admit()
    if (this.#leaving.length > 0) this.#checkLeaving()
    return delivered
  }

  #checkLeaving(): void {
    for (const consumer of this.#leaving) consumer.checkIdle()
  }

  /** Lets in those who wait, as far as there is room. */
  #admit(): void {
    for (const waiting of this.#waiting) {
      if (this.queued >= this.#options.maxQueued) return
      this.#waiting.delete(waiting)
      this.#queue.push({ frame: waiting.frame, attempt: 1 })
      // Only for what came in: while nobody has room, a run that changes nothing must not bring on the next.
      this.#schedule()
      waiting.taken()
    }
  }

  /** The next member in turn that has room. */
  #choose(): Consumer | undefined {
    const members = this.#members.length > 0 ? this.#members : this.#leaving
    for (let i = 0; i < members.length; i++) {
      const at = (this.#next + i) % members.length
      const member = members[at] as Consumer
      if (member.hasRoom) {
        this.#next = at + 1
        return member
      }
    }
    return undefined
  }
}
