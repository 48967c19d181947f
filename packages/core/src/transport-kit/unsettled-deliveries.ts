import type { SettleOnce } from './settle-once.ts'

/** The deliveries of one consumer that are not settled yet. Adding and removing one costs the same however many there are. */
export class UnsettledDeliveries<D extends SettleOnce> {
  #deliveries: D[] = []

  get size(): number {
    return this.#deliveries.length
  }

  add(delivery: D): void {
    delivery.place = this.#deliveries.length
    this.#deliveries.push(delivery)
  }

  /** Removes one that was added. The last one takes its place. */
  remove(delivery: D): void {
    const last = this.#deliveries.pop() as D
    if (last === delivery) return
    this.#deliveries[delivery.place] = last
    last.place = delivery.place
  }

  /** Removes all, in no particular order. */
  takeAll(): readonly D[] {
    const deliveries = this.#deliveries
    this.#deliveries = []
    return deliveries
  }

  /** Removes all and takes them back: settling one of them from now on does nothing. */
  revokeAll(): readonly D[] {
    return this.takeAll().filter(delivery => delivery.revoke())
  }
}
