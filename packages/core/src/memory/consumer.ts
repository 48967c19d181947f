import { abortable } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import type { CloseOptions, Delivery, Settlement, Settler, TransportSubscription } from '../transport/index.ts'
import { MemoryDelivery } from './delivery.ts'

/** A frame on its way to a consumer. */
export interface QueuedFrame {
  readonly frame: Frame
  readonly attempt: number
}

/** The group that a consumer is a member of. */
export interface ConsumerHost {
  /** Whether a consumer that drains has nothing more to wait for than what it holds. */
  readonly isDone: boolean
  settled(delivery: MemoryDelivery, settlement: Settlement): void
  /** The consumer takes on nothing new; while nobody else does either, it still gets what the group has accepted. */
  retire(consumer: Consumer): void
  /** The consumer is gone; what it held goes to the others, or waits for a successor. */
  leave(consumer: Consumer, handedBack: readonly MemoryDelivery[]): void
}

/** One member of a group: it holds up to `prefetch` unsettled deliveries. */
export class Consumer implements TransportSubscription, Settler<MemoryDelivery> {
  readonly ready = Promise.resolve()
  readonly #group: ConsumerHost
  readonly #prefetch: number
  readonly #onDelivery: (delivery: Delivery) => void
  readonly #unsettled: MemoryDelivery[] = []
  /** Aborts when a close without drain comes during a drain. */
  readonly #endDrain = new AbortController()
  #closing: Promise<void> | undefined
  #onIdle: (() => void) | undefined

  constructor(group: ConsumerHost, prefetch: number, onDelivery: (delivery: Delivery) => void) {
    this.#group = group
    this.#prefetch = prefetch
    this.#onDelivery = onDelivery
  }

  get hasRoom(): boolean {
    return this.#unsettled.length < this.#prefetch
  }

  get unsettled(): number {
    return this.#unsettled.length
  }

  deliver({ frame, attempt }: QueuedFrame): void {
    const delivery = new MemoryDelivery(frame, attempt, this, this.#unsettled.length)
    this.#unsettled.push(delivery)
    this.#onDelivery(delivery)
  }

  settle(delivery: MemoryDelivery, settlement: Settlement): void {
    const last = this.#unsettled.pop() as MemoryDelivery
    if (last !== delivery) {
      this.#unsettled[delivery.place] = last
      last.place = delivery.place
    }
    this.#group.settled(delivery, settlement)
    if (this.#onIdle) this.checkIdle()
  }

  close({ drain = false, signal }: CloseOptions = {}): Promise<void> {
    if (!drain) this.#endDrain.abort()
    this.#closing ??= drain ? this.#drain(signal) : this.#leave()
    return this.#closing
  }

  /** Ends the wait of a drain once nothing is left for this consumer to do. */
  checkIdle(): void {
    if (this.#unsettled.length === 0 && this.#group.isDone) this.#onIdle?.()
  }

  async #drain(userSignal: AbortSignal | undefined): Promise<void> {
    const signal = userSignal ? AbortSignal.any([userSignal, this.#endDrain.signal]) : this.#endDrain.signal
    this.#group.retire(this)
    const idle = new Promise<void>(resolve => {
      this.#onIdle = resolve
    })
    this.checkIdle()
    try {
      await abortable(idle, signal)
    } catch {
      // The drain was ended: what is left is handed back below.
    }
    await this.#leave()
  }

  async #leave(): Promise<void> {
    const handedBack = this.#unsettled.splice(0).filter(delivery => delivery.revoke())
    this.#group.leave(this, handedBack)
  }
}
