import { DeadLetters, type Delivery, type Frame, type SubscriptionSpec } from '@sm/core/transport'
import { meshError } from '../errors.ts'
import { LocalSubscription } from '../groups/local-subscription.ts'
import type { Interest } from '../wire/packets/hello.ts'
import { untouched } from '../wire/packets/packet.ts'
import type { Arrival, Link } from './link.ts'
import { type Grant, type GrantHost, LinkIncoming } from './link-incoming.ts'

/** The consumers of this side, and how much each link may send to them. */
export class Intake implements GrantHost {
  /** Dead letters of the consumers of this side. */
  readonly deadLetters = new DeadLetters()
  readonly #windowBytes: number
  readonly #maxInterests: number
  readonly #subscriptions = new Map<number, LocalSubscription>()
  readonly #grants = new Map<Link, Map<number, Grant>>()
  #ids = 0

  constructor(windowBytes: number, maxInterests: number) {
    this.#windowBytes = windowBytes
    this.#maxInterests = maxInterests
  }

  /** The wishes of this side, as peers are told of them. */
  get interests(): readonly Interest[] {
    return [...this.#subscriptions.values()].map(subscription => this.interestOf(subscription))
  }

  /** Frames that wait for their consumers. */
  get queued(): number {
    let queued = 0
    for (const subscription of this.#subscriptions.values()) queued += subscription.queued
    return queued
  }

  /** Throws `SM_MESH_LIMIT`. */
  add(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): LocalSubscription {
    if (this.#subscriptions.size >= this.#maxInterests) {
      throw meshError('SM_MESH_LIMIT', `There are ${this.#maxInterests} subscriptions (maxInterests)`)
    }
    // The number of one that is gone is not given again while its last frames may still be under way.
    do this.#ids = (this.#ids + 1) & 0xffff
    while (this.#subscriptions.has(this.#ids))
    const subscription = new LocalSubscription(this.#ids, spec, onDelivery, this.deadLetters)
    this.#subscriptions.set(subscription.id, subscription)
    return subscription
  }

  remove(subscription: LocalSubscription): void {
    this.#subscriptions.delete(subscription.id)
    for (const grants of this.#grants.values()) grants.delete(subscription.id)
  }

  interestOf({ id, spec }: LocalSubscription): Interest {
    return { id, target: spec.target, group: spec.group, credit: this.#windowBytes }
  }

  /** A frame has come in whole. */
  arrived(arrival: Arrival, frame: Frame): void {
    this.#push(arrival, frame)
  }

  /** A large frame has begun to come in: it takes its place, and those behind it on its link wait until it is whole or lost. */
  announced(arrival: Arrival): ((frame: Frame | undefined) => void) | undefined {
    const incoming = this.#push(arrival, undefined)
    return (
      incoming &&
      (frame => {
        if (frame) {
          if (arrival.sequence !== undefined) arrival.link.accept(arrival.sequence)
          incoming.frame = frame
        } else incoming.lost = true
        this.#subscriptions.get(arrival.interest)?.pump()
      })
    )
  }

  /** A frame that nobody can read has come in: its credit is free again at once. */
  unread(arrival: Arrival): void {
    if (this.#subscriptions.has(arrival.interest)) this.consumed(arrival, this.#charge(arrival))
  }

  forget(link: Link): void {
    this.#grants.delete(link)
  }

  /** Grants anew in quarters of the window: often enough to keep the peer sending, seldom enough to cost little. */
  consumed({ link, interest, cost }: Arrival, grant: Grant): void {
    grant.consumed += cost
    if (grant.consumed < this.#windowBytes / 4) return
    grant.granted = (grant.granted + grant.consumed) >>> 0
    grant.consumed = 0
    link.grant(interest, grant.granted)
  }

  #push(arrival: Arrival, frame: Frame | undefined): LinkIncoming | undefined {
    const { link, interest, sequence } = arrival
    const subscription = this.#subscriptions.get(interest)
    // Sent before the peer had heard that the subscription is gone, or going: others may have it.
    if (!subscription || (subscription.retired && sequence !== undefined)) {
      if (sequence !== undefined) link.nack(sequence, untouched)
      return undefined
    }
    // A large one not before it is whole: its sender may die in the middle of it.
    if (frame && sequence !== undefined) link.accept(sequence)
    const incoming = new LinkIncoming(frame, arrival, this.#charge(arrival), this)
    subscription.push(incoming)
    return incoming
  }

  /** Throws `SM_MESH_PROTOCOL` when there is no credit for it. */
  #charge({ link, interest, cost }: Arrival): Grant {
    const grant = this.#grantOf(link, interest)
    if (((grant.granted - grant.received) | 0) <= 0) {
      throw meshError('SM_MESH_PROTOCOL', 'A peer sent more than it was granted', { details: { interest } })
    }
    grant.received = (grant.received + cost) >>> 0
    return grant
  }

  #grantOf(link: Link, interest: number): Grant {
    let grants = this.#grants.get(link)
    if (!grants) {
      grants = new Map()
      this.#grants.set(link, grants)
    }
    let grant = grants.get(interest)
    if (!grant) {
      grant = { granted: this.#windowBytes, received: 0, consumed: 0 }
      grants.set(interest, grant)
    }
    return grant
  }
}
