import type { CloseOptions, Delivery, TransportSubscription } from '../contract/index.ts'
import type { Frame } from '../message/index.ts'
import {
  Closing,
  Idle,
  type Settlement,
  SettleOnce,
  type Settler,
  UnsettledDeliveries,
} from '../transport-kit/index.ts'

/** A frame on its way to a consumer. */
export interface QueuedFrame {
  readonly frame: Frame
  readonly attempt: number
}

/** The group that a consumer is a member of. */
export interface ConsumerHost {
  /** Whether a consumer that drains has nothing more to wait for than what it holds. */
  readonly isDone: boolean
  settled(delivery: SettleOnce, settlement: Settlement): void
  /** The consumer takes on nothing new; while nobody else does either, it still gets what the group has accepted. */
  retire(consumer: Consumer): void
  /** The consumer is gone; what it held goes to the others, or waits for a successor. */
  leave(consumer: Consumer, handedBack: readonly SettleOnce[]): void
}

/** One member of a group: it holds up to `prefetch` unsettled deliveries. */
export class Consumer implements TransportSubscription, Settler<SettleOnce> {
  readonly ready = Promise.resolve()
  readonly #group: ConsumerHost
  readonly #prefetch: number
  readonly #onDelivery: (delivery: Delivery) => void
  readonly #unsettled = new UnsettledDeliveries<SettleOnce>()
  readonly #idle = new Idle(() => this.#unsettled.size === 0 && this.#group.isDone)
  readonly #closing = new Closing(({ drain }, drainEnds) => this.#close(drain === true, drainEnds))

  constructor(group: ConsumerHost, prefetch: number, onDelivery: (delivery: Delivery) => void) {
    this.#group = group
    this.#prefetch = prefetch
    this.#onDelivery = onDelivery
  }

  get hasRoom(): boolean {
    return this.#unsettled.size < this.#prefetch
  }

  get unsettled(): number {
    return this.#unsettled.size
  }

  deliver({ frame, attempt }: QueuedFrame): void {
    const delivery = new SettleOnce(frame, attempt, this)
    this.#unsettled.add(delivery)
    this.#onDelivery(delivery)
  }

  settle(delivery: SettleOnce, settlement: Settlement): void {
    this.#unsettled.remove(delivery)
    this.#group.settled(delivery, settlement)
    this.#idle.check()
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.run(options)
  }

  /** Ends the wait of a drain once nothing is left for this consumer to do. */
  checkIdle(): void {
    this.#idle.check()
  }

  async #close(drain: boolean, drainEnds: AbortSignal): Promise<void> {
    if (drain) {
      this.#group.retire(this)
      await this.#idle.wait(drainEnds)
    }
    this.#group.leave(this, this.#unsettled.revokeAll())
  }
}
