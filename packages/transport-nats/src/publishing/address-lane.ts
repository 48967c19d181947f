import type { PendingPublish } from '@sm/brokered'
import { type Address, Deque } from '@sm/core/transport'
import type { Group, Groups } from '../groups/groups.ts'
import type { Names } from '../wire/names.ts'

/** A publish at least once, from the call to its end. */
export interface PublishAttempt {
  readonly pending: PendingPublish
  readonly lane: AddressLane
  /** Its place in the order of publishes. */
  readonly order: number
  /** The groups that were known to want it when it was sent. */
  groups: readonly Group[]
  /** When it was sent, by the clock of the transport. */
  sentAt: number
  /** How often the server has dropped it as a duplicate of one that went nowhere. */
  retakes: number
}

/** All that goes to one address, in order. */
export class AddressLane {
  readonly address: Address
  readonly subject: string
  readonly waiting = new Deque<PublishAttempt>()
  /** Refused by the server, to be sent again before all others. */
  readonly refused: PublishAttempt[] = []
  inFlight = 0
  /** How many wait until it is certain that nobody wants them. */
  doubtful = 0
  pauseMs = 0
  isPaused = false
  readonly #topic: string | undefined
  readonly #groups: Groups
  #version = -1
  #wanting: readonly Group[] = []
  #isShared = false

  constructor(address: Address, names: Names, groups: Groups) {
    this.address = address
    this.subject = names.kept(address)
    this.#topic = address.kind === 'topic' ? address.topic : undefined
    this.#groups = groups
  }

  get isIdle(): boolean {
    return this.inFlight === 0 && this.doubtful === 0 && this.waiting.length === 0 && this.refused.length === 0
  }

  /** The groups that want what goes here, as far as is known. */
  get wanting(): readonly Group[] {
    this.#look()
    return this.#wanting
  }

  /** Whether a group may come back that wants what goes here. */
  get isExpecting(): boolean {
    return this.#groups.expects(this.subject, this.#topic)
  }

  /** Whether more than one group gets what goes here. */
  get isShared(): boolean {
    this.#look()
    return this.#isShared
  }

  /** In how many queues frame number `sequence` is or was; undefined when that can no longer be known. */
  copies(sequence: number, sentTo: readonly Group[]): number | undefined {
    const groups = new Set([...sentTo, ...this.wanting])
    let copies = 0
    let isCertain = true
    for (const { after, until } of groups) {
      if (Number.isNaN(until)) isCertain = false
      else if (sequence > after && sequence <= until) copies += 1
    }
    return copies === 0 && !isCertain ? undefined : copies
  }

  #look(): void {
    if (this.#version === this.#groups.version) return
    this.#version = this.#groups.version
    this.#wanting = this.#groups.wanting(this.subject, this.#topic)
    this.#isShared = this.#groups.reached(this.subject) > 1
  }
}
