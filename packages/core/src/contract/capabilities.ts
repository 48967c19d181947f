import type { DeliveryLevel } from '../message/index.ts'

/** How far a transport carries. Each reach includes the ones before it. */
export type Reach = 'process' | 'machine' | 'lan' | 'wan'

/**
 * The evidence of a publish when it resolves, from least to most: `none` nobody was subscribed, so no copy was made; `sent`
 * written to the wire; `accepted` the broker or the peer process has it; `persisted` confirmed as durable by the broker, as far
 * as the broker means it; `handled` the handler of the receiver is done.
 */
export type Evidence = 'none' | 'sent' | 'accepted' | 'persisted' | 'handled'

/**
 * The capabilities of a transport, as data. They are true for the broker that is there, so they may depend on what `start()`
 * finds; they do not change after that. Nothing that is missing is quietly weakened.
 */
export interface Capabilities {
  readonly reach: Reach
  /** The delivery levels it offers, and what a resolved publish proves at each. A level that is absent is refused. */
  readonly delivery: { readonly [Level in DeliveryLevel]?: Evidence }
  /** Keeps frames for durable subscriptions while all their members are away. */
  readonly durable: boolean
  /** `per-sender`: frames of one sender to one subscription arrive in the order of their publishing, redelivery aside. */
  readonly ordering: 'per-sender' | 'none'
  /** A topic reaches every group. */
  readonly fanOut: boolean
  /** Members of a group share its frames. */
  readonly groups: boolean
  /** Frames with one key go to the same member of a group, as long as its members stay the same. Default false. */
  readonly keyAffinity?: boolean
  /** Patterns may hold `*` and `#`. */
  readonly wildcards: boolean
  /** Largest frame, header and body together, in bytes. `Infinity` where nothing is serialized. */
  readonly maxFrameBytes: number
  /** Drops frames itself once `expiresAt` has passed. Receivers check in any case. */
  readonly expiry: boolean
  /** Keeps a nacked frame back for `delayMs`. */
  readonly delay: boolean
  /** Frames are encrypted and their sender is authenticated on the way. */
  readonly encrypted: boolean
  /** Keeps rejected frames where people can find them. */
  readonly deadLetters: boolean
  /** Carries copies of frames away, whomever they are for, and never brings any: archives, audit trails. */
  readonly publishOnly: boolean
}
