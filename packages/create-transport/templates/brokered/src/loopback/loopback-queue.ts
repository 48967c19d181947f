import type { Cancel, Clock, InboxAddress, Settlement } from '@sm/core/transport'

/** A frame in a queue. */
export interface QueuedFrame {
  readonly bytes: Uint8Array
  /** 1 for the first time, one more for each time it comes back. */
  attempt: number
}

/** The consumer that takes frames out of a queue. */
export interface Consumer {
  /** How many more it takes. */
  room(): number
  /** A frame that it settles. */
  take(entry: QueuedFrame): void
  /** A frame that nobody asks about again. */
  takeOnce(bytes: Uint8Array): void
}

/** The key of a queue: one target and one group share one. */
export interface QueueSpec {
  readonly namespace: string
  readonly target: InboxAddress | { readonly kind: 'pattern'; readonly pattern: string }
  readonly group: string
  readonly durable: boolean
  readonly maxQueued: number
  /** How long it outlives its last consumer when that died, or left something behind, in milliseconds. */
  readonly graceMs: number
}

interface Member {
  readonly consumer: Consumer
  readonly held: Set<QueuedFrame>
  retiring: (() => void) | undefined
}

/** The frames of one group, and its consumers. */
export class LoopbackQueue {
  readonly spec: QueueSpec
  readonly #clock: Clock
  /** Room was made. */
  readonly #onRoom: () => void
  /** It is not needed any more. */
  readonly #onEmpty: () => void
  #entries: QueuedFrame[] = []
  /** Entries that were nacked with a delay. */
  readonly #delayed = new Map<QueuedFrame, Cancel>()
  #members: Member[] = []
  #grace: Cancel | undefined
  #isPumping = false

  constructor(spec: QueueSpec, clock: Clock, onRoom: () => void, onEmpty: () => void) {
    this.spec = spec
    this.#clock = clock
    this.#onRoom = onRoom
    this.#onEmpty = onEmpty
  }

  /** Whether frames are routed to it: not while its only consumer is about to leave for good. */
  get open(): boolean {
    return this.spec.durable || this.#members.length === 0 || this.#members.some(({ retiring }) => !retiring)
  }

  get isFull(): boolean {
    return this.#entries.length + this.#delayed.size >= this.spec.maxQueued
  }

  push(bytes: Uint8Array): void {
    this.#entries.push({ bytes, attempt: 1 })
    this.pump()
  }

  /** Hands a frame to one consumer, or to nobody. */
  pushOnce(bytes: Uint8Array): void {
    const member = this.#next(() => true)
    member?.consumer.takeOnce(bytes)
  }

  join(consumer: Consumer): void {
    this.#grace?.()
    this.#grace = undefined
    this.#members.push({ consumer, held: new Set(), retiring: undefined })
    this.pump()
  }

  /** Takes a consumer's part no more; what it holds goes to the others, in order, before what waits. */
  leave(consumer: Consumer, died: boolean): void {
    const member = this.#memberOf(consumer)
    if (!member) return
    this.#members = this.#members.filter(other => other !== member)
    for (const entry of member.held) entry.attempt += 1
    this.#entries.unshift(...member.held)
    member.retiring?.()
    this.pump()
    if (this.#members.length > 0 || this.spec.durable) return
    if (died || this.#left > 0) this.#grace = this.#clock.schedule(this.#onEmpty, this.spec.graceMs)
    else this.#onEmpty()
  }

  settle(consumer: Consumer, entry: QueuedFrame, settlement: Settlement): void {
    const member = this.#memberOf(consumer)
    if (!member?.held.delete(entry)) return
    if (settlement.kind === 'nack') this.#again(entry, settlement.delayMs)
    this.#onRoom()
    this.pump()
    this.#checkRetired()
  }

  /** Resolves when a consumer will be given nothing more: there are others, or nothing is left. */
  retire(consumer: Consumer): Promise<void> {
    const member = this.#memberOf(consumer)
    if (!member) return Promise.resolve()
    return new Promise(resolve => {
      member.retiring = resolve
      this.pump()
      this.#checkRetired()
    })
  }

  /** Hands on what waits, as far as consumers have room: as on a wire, never within the call that made it possible. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    setImmediate(() => {
      this.#isPumping = false
      this.#deliver()
    })
  }

  #deliver(): void {
    // No more than are there now: what comes back at once waits for the next turn.
    for (let count = this.#entries.length; count > 0; count--) {
      const member = this.#next(({ consumer }) => consumer.room() > 0)
      if (!member) return
      const entry = this.#entries.shift() as QueuedFrame
      member.held.add(entry)
      member.consumer.take(entry)
      this.#onRoom()
    }
  }

  close(): void {
    this.#grace?.()
    for (const cancel of this.#delayed.values()) cancel()
  }

  /** Entries that nobody has settled. */
  get #left(): number {
    return this.#entries.length + this.#delayed.size + this.#members.reduce((sum, { held }) => sum + held.size, 0)
  }

  #memberOf(consumer: Consumer): Member | undefined {
    return this.#members.find(member => member.consumer === consumer)
  }

  /** Takes turns. Who retires is asked only where nobody else is, and only for what a durable queue need not keep. */
  #next(fits: (member: Member) => boolean): Member | undefined {
    const staying = this.#members.filter(({ retiring }) => !retiring)
    const candidates = staying.length > 0 || this.spec.durable ? staying : this.#members
    const chosen = candidates.find(fits)
    if (chosen) this.#members = [...this.#members.filter(member => member !== chosen), chosen]
    return chosen
  }

  #again(entry: QueuedFrame, delayMs: number): void {
    entry.attempt += 1
    if (delayMs <= 0) {
      this.#entries.push(entry)
      return
    }
    const cancel = this.#clock.schedule(() => {
      this.#delayed.delete(entry)
      this.#entries.push(entry)
      this.pump()
    }, delayMs)
    this.#delayed.set(entry, cancel)
  }

  #checkRetired(): void {
    const staying = this.#members.some(({ retiring }) => !retiring)
    if (!staying && !this.spec.durable && this.#left > 0) return
    for (const { retiring } of this.#members) retiring?.()
  }
}
