import type { Delivery, NackOptions, RejectReason } from '../contract/index.ts'
import type { Frame } from '../message/index.ts'

/** How a delivery ended. */
export type Settlement =
  | { readonly kind: 'ack' }
  | { readonly kind: 'nack'; readonly delayMs: number; readonly begun?: boolean }
  | { readonly kind: 'reject'; readonly reason: RejectReason }

/** The receiver of settlements: the subscription that made the delivery. */
export interface Settler<D> {
  settle(delivery: D, settlement: Settlement): void
}

const ACK: Settlement = { kind: 'ack' }
const NACK: Settlement = { kind: 'nack', delayMs: 0 }

/**
 * A delivery that settles once: the first call wins and is passed on, later ones do nothing. Transports extend it with
 * what they need to know of the frame (a sequence number, a delivery tag), so that none is made per frame but this.
 */
export class SettleOnce implements Delivery {
  readonly frame: Frame
  readonly attempt: number
  /** Where it stands among the unsettled deliveries of its consumer. @internal */
  place = 0
  #settler: Settler<this> | undefined

  constructor(frame: Frame, attempt: number, settler: Settler<never>) {
    this.frame = frame
    this.attempt = attempt
    this.#settler = settler as Settler<this>
  }

  get settled(): boolean {
    return this.#settler === undefined
  }

  ack(): void {
    this.#settle(ACK)
  }

  nack(options?: NackOptions): void {
    const { delayMs = 0, begun = true } = options ?? {}
    if (!begun) this.#settle({ kind: 'nack', delayMs, begun })
    else this.#settle(delayMs === 0 ? NACK : { kind: 'nack', delayMs })
  }

  reject(reason: RejectReason): void {
    this.#settle({ kind: 'reject', reason })
  }

  /** Takes the delivery back: settling it from now on does nothing. False if it was settled before. */
  revoke(): boolean {
    if (this.#settler === undefined) return false
    this.#settler = undefined
    return true
  }

  #settle(settlement: Settlement): void {
    const settler = this.#settler
    this.#settler = undefined
    settler?.settle(this, settlement)
  }
}
