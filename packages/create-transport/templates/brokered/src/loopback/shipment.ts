import type { Address } from '@sm/core/transport'

/** A frame on its way into queues. */
export interface Shipment {
  readonly namespace: string
  readonly address: Address
  /** Tells it from others: what comes again under one id goes into queues once. */
  readonly id: string
  readonly bytes: Uint8Array
  /** Goes into queues, or to whoever is there and to nobody else. */
  readonly isKept: boolean
  /** True when its sender has given it up. */
  isCancelled(): boolean
}
