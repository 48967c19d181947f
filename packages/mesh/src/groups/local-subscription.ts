import {
  type DeadLetters,
  type Delivery,
  Deque,
  type Frame,
  Idle,
  type Settlement,
  SettleOnce,
  type Settler,
  type SubscriptionSpec,
  UnsettledDeliveries,
} from '@sm/core/transport'
import { untouched } from '../wire/packets/packet.ts'

/** A frame that waits for its consumer, and tells whoever brought it what becomes of it. */
export interface Incoming {
  /** The link that brought it: order is kept for each. */
  readonly source: object | undefined
  readonly attempt: number
  /** Undefined while a large frame is still coming in: those behind it of the same link wait. */
  frame: Frame | undefined
  /** True when it will never be whole: those behind it wait no longer. */
  lost: boolean
  /** Handled, or never to be. */
  settle(): void
  /** It goes back. `begun` is false when no handler began. */
  nack(delayMs: number, begun?: boolean): void
  /** How long ago it was published, in milliseconds, where the link can tell. */
  ageMs(time: number): number | undefined
  /** It was taken up: its cost is free again. */
  consumed(): void
}

/** A delivery that knows where it came from. */
class MeshDelivery extends SettleOnce {
  readonly incoming: Incoming
  ageMs: number | undefined = undefined

  constructor(frame: Frame, incoming: Incoming, settler: Settler<MeshDelivery>) {
    super(frame, incoming.attempt, settler as Settler<never>)
    this.incoming = incoming
  }
}

/**
 * A consumer of this side: frames of all links come in here, in the order in which they arrived. One that is still coming
 * in keeps back only those that its own link brings after it.
 */
export class LocalSubscription implements Settler<MeshDelivery> {
  readonly id: number
  readonly spec: SubscriptionSpec
  readonly #onDelivery: (delivery: Delivery) => void
  readonly #deadLetters: DeadLetters
  readonly #queue = new Deque<Incoming>()
  /** By link: a frame that is still coming in, and those behind it. */
  readonly #held = new Map<object | undefined, Deque<Incoming>>()
  #heldCount = 0
  readonly #unsettled = new UnsettledDeliveries<MeshDelivery>()
  readonly #idle = new Idle(() => this.#unsettled.size === 0 && this.queued === 0)
  /** A drain has begun: what is to be settled goes elsewhere from now on. */
  retired = false
  #pumping = false
  #closed = false

  /** `deadLetters` keeps what its consumer gives up: there is no broker to do it. */
  constructor(id: number, spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void, deadLetters: DeadLetters) {
    this.id = id
    this.spec = spec
    this.#onDelivery = onDelivery
    this.#deadLetters = deadLetters
  }

  get queued(): number {
    return this.#queue.length + this.#heldCount
  }

  get unsettled(): number {
    return this.#unsettled.size
  }

  push(incoming: Incoming): void {
    if (this.#closed) {
      incoming.nack(untouched)
      return
    }
    const held = this.#held.get(incoming.source)
    if (!held && incoming.frame) {
      this.#queue.push(incoming)
      this.pump()
      return
    }
    this.#heldCount += 1
    if (held) held.push(incoming)
    else {
      const first = new Deque<Incoming>()
      first.push(incoming)
      this.#held.set(incoming.source, first)
    }
  }

  /** Hands on what waits, as far as the prefetch allows. Called also when a frame has come in whole, or is lost. */
  pump(): void {
    if (this.#heldCount > 0) this.#release()
    // Consumers settle within the call: one loop does the work, however deep they call back.
    if (this.#pumping) return
    this.#pumping = true
    while (this.#queue.length > 0 && this.#unsettled.size < this.spec.prefetch) {
      const incoming = this.#queue.shift() as Incoming
      const frame = incoming.frame as Frame
      const delivery = new MeshDelivery(frame, incoming, this)
      const { time, expiresAt } = frame.header
      if (expiresAt !== undefined) delivery.ageMs = incoming.ageMs(time)
      this.#unsettled.add(delivery)
      incoming.consumed()
      this.#onDelivery(delivery)
    }
    this.#pumping = false
    this.#idle.check()
  }

  /** Releases the frames that no longer wait behind one that is still coming in. */
  #release(): void {
    for (const [source, held] of this.#held) {
      for (let next = held.peek(); next?.frame || next?.lost; next = held.peek()) {
        held.shift()
        this.#heldCount -= 1
        if (next.frame) this.#queue.push(next)
        else next.consumed()
      }
      if (held.length === 0) this.#held.delete(source)
    }
  }

  settle(delivery: MeshDelivery, settlement: Settlement): void {
    this.#unsettled.remove(delivery)
    if (settlement.kind === 'reject') this.#deadLetters.add(delivery.frame, settlement.reason)
    if (settlement.kind === 'nack') delivery.incoming.nack(settlement.delayMs, settlement.begun)
    else delivery.incoming.settle()
    this.pump()
  }

  /** Waits until all that has come in is settled; what is left when `signal` aborts goes back. */
  drain(signal?: AbortSignal): Promise<void> {
    this.pump()
    return this.#idle.wait(signal)
  }

  /** Hands back whatever is not settled; settling it from now on does nothing. */
  close(): void {
    this.#closed = true
    for (const delivery of this.#unsettled.revokeAll()) delivery.incoming.nack(0)
    for (const waiting of [this.#queue, ...this.#held.values()]) {
      for (const incoming of waiting.drain()) incoming.nack(untouched)
    }
    this.#held.clear()
    this.#heldCount = 0
  }
}
