import type { DeliveryLevel, InboxAddress } from '../message/index.ts'
import type { CloseOptions } from './call-options.ts'

/** An inbox, or every topic that fits a pattern. */
export type Target = InboxAddress | { readonly kind: 'pattern'; readonly pattern: string }

/** Which frames a consumer wants, and with whom it shares them. A subscription is one by its target and its group. */
export interface SubscriptionSpec {
  readonly target: Target
  /** Consumers with one target and one group share: one member gets each frame. */
  readonly group: string
  /** Most deliveries that this consumer holds unsettled. */
  readonly prefetch: number
  /** Keeps frames while all members of the group are away. Refused where the transport cannot. */
  readonly durable: boolean
  /** Frames of this level alone will be published there: a transport may spare what another level needs. Default: any. */
  readonly delivery?: DeliveryLevel
}

/** A consumer of frames. */
export interface TransportSubscription {
  /** Resolves once frames published anywhere from now on will reach it; rejects with a coded error if that fails. */
  readonly ready: Promise<void>
  /**
   * Idempotent. Resolves once no delivery of it is unsettled.
   *
   * Shutdown
   * - SHUT-01 A draining close waits until what was delivered is settled.
   * - SHUT-02 A draining close takes on nothing new.
   * - SHUT-03 What was accepted at least once before a draining close is handled, here or by another member.
   * - SHUT-04 A close without drain hands back what is unsettled, and later settling of it is ignored.
   * - SHUT-05 A drain ends when its signal aborts.
   */
  close(options?: CloseOptions): Promise<void>
}
