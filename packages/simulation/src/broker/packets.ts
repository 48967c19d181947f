import type { Address, Settlement, SubscriptionSpec } from '@sm/core/transport'

/** Which queue a subscription is served from. */
export interface QueueSpec extends SubscriptionSpec {
  readonly namespace: string
}

/** A frame on its way to the broker. */
export interface PublishPacket {
  readonly kind: 'publish'
  /** Which publish of its connection it is: the answer names it. */
  readonly number: number
  /** The id of the message: what comes again under it is stored once. */
  readonly id: string
  readonly namespace: string
  readonly address: Address
  readonly bytes: Uint8Array
  /** Goes into queues, or to whoever is there and to nobody else. */
  readonly kept: boolean
}

/** What a client says. */
export type ToBroker =
  | PublishPacket
  | { readonly kind: 'consume'; readonly consumer: number; readonly spec: QueueSpec }
  | { readonly kind: 'settle'; readonly consumer: number; readonly tag: number; readonly settlement: Settlement }
  | { readonly kind: 'retire'; readonly consumer: number }
  | { readonly kind: 'cancel'; readonly consumer: number }
  | { readonly kind: 'ping' }

/** What the broker says. */
export type FromBroker =
  | { readonly kind: 'confirm'; readonly number: number; readonly copies: number }
  | { readonly kind: 'consuming'; readonly consumer: number }
  | { readonly kind: 'retired'; readonly consumer: number }
  | {
      readonly kind: 'deliver'
      readonly consumer: number
      readonly tag: number
      readonly attempt: number
      readonly bytes: Uint8Array
    }
  | {
      readonly kind: 'deliverOnce'
      readonly consumer: number
      /** Tells a frame from its duplicates. */
      readonly serial: number
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'pong' }

/** The size of a packet for the connection that carries it, in bytes. */
export function sizeOf(packet: ToBroker | FromBroker): number {
  return 32 + ('bytes' in packet ? packet.bytes.length : 0)
}
