import { type Cancel, type Clock, matchesTarget, type Settlement } from '@sm/core/transport'
import type { PublishPacket, QueueSpec } from './packets.ts'

/** A frame in a queue. */
export interface QueuedFrame {
  /** Its place among all that the queue was ever given. */
  readonly number: number
  readonly bytes: Uint8Array
  /** 1 for the first time, one more for each time it comes back. */
  attempt: number
}

/** A frame that a member has and has not settled. */
interface HeldFrame {
  readonly frame: QueuedFrame
  readonly cancelTimeout: Cancel
}

/** The consumer at the other end of a connection. */
export interface MemberHost {
  deliver(frame: QueuedFrame, tag: number): void
  deliverOnce(bytes: Uint8Array): void
  /** Nothing more will be delivered to it. */
  retired(): void
}

/** A consumer that takes frames out of a queue. */
export class QueueMember {
  readonly host: MemberHost
  readonly prefetch: number
  readonly held = new Map<number, HeldFrame>()
  isRetiring = false

  constructor(host: MemberHost, prefetch: number) {
    this.host = host
    this.prefetch = prefetch
  }
}

/** The frames of one group, and its members. */
export class BrokerQueue {
  readonly spec: QueueSpec
  readonly #deps: BrokerQueueDeps
  #frames: QueuedFrame[] = []
  readonly #delayed = new Map<QueuedFrame, Cancel>()
  #members: QueueMember[] = []
  #cancelGrace: Cancel | undefined
  #tags = 0
  #numbers = 0

  constructor(spec: QueueSpec, deps: BrokerQueueDeps) {
    this.spec = spec
    this.#deps = deps
  }

  /** Frames that nobody has settled. */
  get size(): number {
    return this.#frames.length + this.#delayed.size + this.#members.reduce((sum, { held }) => sum + held.size, 0)
  }

  get isFull(): boolean {
    return this.size >= this.#deps.maxQueued
  }

  /** Whether frames of an address go to it: not while its last member is about to leave for good. */
  takes({ namespace, address }: PublishPacket): boolean {
    const { durable, target } = this.spec
    const isOpen = durable || this.#members.length === 0 || this.#members.some(({ isRetiring }) => !isRetiring)
    return isOpen && this.spec.namespace === namespace && matchesTarget(target, address)
  }

  push(bytes: Uint8Array): void {
    this.#numbers += 1
    this.#frames.push({ number: this.#numbers, bytes, attempt: 1 })
    this.pump()
  }

  /** Hands a frame to one member, or to nobody. */
  pushOnce(bytes: Uint8Array): void {
    this.#next(() => true)?.host.deliverOnce(bytes)
  }

  join(member: QueueMember): void {
    this.#cancelGrace?.()
    this.#members.push(member)
    this.pump()
  }

  /** A member is gone: others get what it held, in order and before what waits. */
  leave(member: QueueMember, died: boolean): void {
    if (!this.#members.includes(member)) return
    this.#members = this.#members.filter(other => other !== member)
    for (const tag of [...member.held.keys()]) this.#takeBack(member, tag)
    this.pump()
    if (this.#members.length > 0 || this.spec.durable) return
    if (died || this.size > 0) this.orphaned()
    else this.#deps.unneeded(this)
  }

  /** Nobody is there: unless somebody comes, it is removed after a while, with what it holds. */
  orphaned(): void {
    if (this.spec.durable || this.#members.length > 0) return
    this.#cancelGrace?.()
    this.#cancelGrace = this.#deps.clock.schedule(() => this.#deps.unneeded(this), this.#deps.graceMs)
  }

  settle(member: QueueMember, tag: number, settlement: Settlement): void {
    const held = member.held.get(tag)
    if (!held) return
    member.held.delete(tag)
    held.cancelTimeout()
    if (settlement.kind === 'nack') this.#again(held.frame, settlement.delayMs)
    this.pump()
    this.#deps.roomMade()
    this.#checkRetired()
  }

  retire(member: QueueMember): void {
    member.isRetiring = true
    this.pump()
    this.#checkRetired()
  }

  /** Hands on what waits, as far as members have room. */
  pump(): void {
    // No more than wait now: what comes back at once has its turn later.
    for (let count = this.#frames.length; count > 0; count--) {
      const member = this.#next(({ held, prefetch }) => held.size < prefetch)
      if (!member) return
      this.hand(this.#frames.shift() as QueuedFrame, member)
    }
  }

  /** Ends it, with what it holds. */
  close(): void {
    this.#cancelGrace?.()
    for (const cancel of this.#delayed.values()) cancel()
    for (const { held } of this.#members) for (const { cancelTimeout } of held.values()) cancelTimeout()
  }

  /** Hands a frame to a member: one that says nothing of it for long does not keep it from the others. */
  protected hand(frame: QueuedFrame, member: QueueMember): void {
    this.#tags += 1
    const tag = this.#tags
    const cancelTimeout = this.#deps.clock.schedule(() => {
      this.#takeBack(member, tag)
      this.pump()
    }, this.#deps.visibilityMs)
    member.held.set(tag, { frame, cancelTimeout })
    member.host.deliver(frame, tag)
  }

  /** What a member held goes back to its place. */
  protected giveBack(frame: QueuedFrame): void {
    frame.attempt += 1
    const at = this.#frames.findIndex(({ number }) => number > frame.number)
    this.#frames.splice(at < 0 ? this.#frames.length : at, 0, frame)
  }

  #takeBack(member: QueueMember, tag: number): void {
    const held = member.held.get(tag)
    if (!held) return
    member.held.delete(tag)
    held.cancelTimeout()
    this.giveBack(held.frame)
  }

  #again(frame: QueuedFrame, delayMs: number): void {
    frame.attempt += 1
    if (delayMs <= 0) {
      this.#frames.push(frame)
      return
    }
    const cancel = this.#deps.clock.schedule(() => {
      this.#delayed.delete(frame)
      this.#frames.push(frame)
      this.pump()
    }, delayMs)
    this.#delayed.set(frame, cancel)
  }

  /** Takes turns. Who retires is asked only where nobody else is there. */
  #next(fits: (member: QueueMember) => boolean): QueueMember | undefined {
    const staying = this.#members.filter(({ isRetiring }) => !isRetiring)
    const candidates = staying.length > 0 || this.spec.durable ? staying : this.#members
    const chosen = candidates.find(fits)
    if (chosen) this.#members = [...this.#members.filter(member => member !== chosen), chosen]
    return chosen
  }

  #checkRetired(): void {
    const hasOthers = this.#members.some(({ isRetiring }) => !isRetiring)
    if (!hasOthers && !this.spec.durable && this.size > 0) return
    for (const { isRetiring, host } of this.#members) if (isRetiring) host.retired()
  }
}

/** Dependencies of a queue. */
export interface BrokerQueueDeps {
  readonly clock: Clock
  readonly maxQueued: number
  readonly graceMs: number
  readonly visibilityMs: number
  roomMade(): void
  unneeded(queue: BrokerQueue): void
}
