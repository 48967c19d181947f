import type { CloseOptions, Delivery, Frame, Header, TransportSubscription } from '@sm/core/transport'
import type { Patience } from './patience.ts'

/** The action of a listener for each delivery: `ack` at once, `hold` for ever, or a function. */
export type OnDelivery = 'ack' | 'hold' | ((delivery: Delivery) => void)

/** Begins the ids of frames that only show that the wire is through. */
export const markerPrefix = 'marker-'

/** Most deliveries that a case collects: a wire that repeats without end must not fill the memory. */
const mostDeliveries = 50_000

/** A consumer that remembers what it got. */
export class Listener {
  /** The deliveries that it got, markers aside, in order. */
  readonly deliveries: Delivery[] = []
  /** Ids of the markers that it got. */
  readonly markers = new Set<string>()
  /** The action for deliveries from now on. */
  onDelivery: OnDelivery
  #subscription: TransportSubscription | undefined
  readonly #patience: Patience

  constructor(onDelivery: OnDelivery, patience: Patience) {
    this.onDelivery = onDelivery
    this.#patience = patience
  }

  get headers(): readonly Header[] {
    return this.deliveries.map(({ frame }) => frame.header)
  }

  get ids(): readonly string[] {
    return this.deliveries.map(({ frame }) => frame.header.id)
  }

  /** Begins to listen through a subscription, once frames reach it. */
  async attach(subscription: TransportSubscription): Promise<this> {
    this.#subscription = subscription
    await this.#patience.within('a subscription is ready', subscription.ready)
    return this
  }

  /** Takes a delivery, as the subscription hands it over. */
  readonly receive = (delivery: Delivery): void => {
    const { id } = delivery.frame.header
    if (id.startsWith(markerPrefix)) {
      this.markers.add(id)
      delivery.ack()
      return
    }
    if (this.deliveries.length === mostDeliveries) {
      this.#patience.fail(
        new Error(`A consumer got more than ${mostDeliveries} deliveries: the wire goes round in circles`),
      )
      return
    }
    this.deliveries.push(delivery)
    if (this.onDelivery === 'ack') delivery.ack()
    else if (this.onDelivery !== 'hold') this.onDelivery(delivery)
  }

  /** Resolves when it has got so many deliveries, or each of these frames. */
  async got(wanted: number | readonly Frame[]): Promise<void> {
    if (typeof wanted === 'number') {
      const what = () => `${wanted} deliveries arrive (${this.deliveries.length} did)`
      return this.#patience.eventually(what, () => this.deliveries.length >= wanted)
    }
    const ids = wanted.map(({ header }) => header.id)
    const missing = () => {
      const here = new Set(this.ids)
      return ids.filter(id => !here.has(id)).length
    }
    const what = () => `${ids.length} frames arrive (${missing()} of them did not)`
    await this.#patience.eventually(what, () => this.deliveries.length >= ids.length && missing() === 0)
  }

  /** Closes the subscription. It does not wait longer than the deadline. */
  close(options?: CloseOptions): Promise<void> {
    return this.#patience.within('a subscription closes', this.closing(options))
  }

  /** Begins to close the subscription, for those who look at the wait itself. */
  closing(options?: CloseOptions): Promise<void> {
    return (this.#subscription as TransportSubscription).close(options)
  }
}
