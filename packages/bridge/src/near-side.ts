import {
  type Address,
  type CloseOptions,
  type Delivery,
  isControlType,
  isWildcard,
  matchesPattern,
  type SubscriptionSpec,
  type Transport,
  type TransportSubscription,
} from '@sm/core/transport'
import { type BridgeSettings, cancelPatterns } from './settings.ts'

/** The subscriptions of a bridge on its near side. Instances of one bridge share each of them, as one group. */
export class NearSide {
  readonly #deps: NearSideDeps
  readonly #subscriptions: TransportSubscription[] = []

  constructor(deps: NearSideDeps) {
    this.#deps = deps
  }

  /** Resolves once everything that is to cross comes in. Throws or rejects with what the transport says. */
  async open(): Promise<void> {
    const { transport, settings } = this.#deps
    const { patterns, agents, durable } = settings
    for (const [i, pattern] of patterns.entries()) this.#topics(pattern, patterns.slice(0, i), durable, false)
    for (const agent of agents) {
      const address = { kind: 'inbox', agent } as const
      this.#subscribe(address, durable, delivery => this.#take(delivery, address))
    }
    const cancels = cancelPatterns(settings, transport.capabilities.wildcards)
    for (const [i, pattern] of cancels.entries()) this.#topics(pattern, cancels.slice(0, i), false, true)
    await Promise.all(this.#subscriptions.map(({ ready }) => ready))
  }

  async close(options: CloseOptions): Promise<void> {
    await Promise.all(this.#subscriptions.map(subscription => subscription.close(options)))
  }

  /** A message that several patterns fit comes by each of them; it crosses by the first. */
  #topics(pattern: string, before: readonly string[], durable: boolean, control: boolean): void {
    this.#subscribe({ kind: 'pattern', pattern }, durable, delivery => {
      const { type } = delivery.frame.header
      // Where a pattern names one topic, a foreign event may have come there under another type.
      const topic = isWildcard(pattern) ? type : pattern
      const isMine = isControlType(type) === control && !before.some(other => matchesPattern(other, topic))
      if (isMine) this.#take(delivery, { kind: 'topic', topic })
      else delivery.ack()
    })
  }

  #subscribe(target: SubscriptionSpec['target'], durable: boolean, onDelivery: (delivery: Delivery) => void): void {
    const { transport, group, settings } = this.#deps
    const spec = { target, group, prefetch: settings.prefetch, durable }
    this.#subscriptions.push(transport.subscribe(spec, onDelivery))
  }

  #take(delivery: Delivery, address: Address): void {
    this.#deps.take(delivery, address)
  }
}

/** What the near side needs. */
export interface NearSideDeps {
  readonly transport: Transport
  /** The name of the bridge. */
  readonly group: string
  readonly settings: BridgeSettings
  readonly take: (delivery: Delivery, address: Address) => void
}
