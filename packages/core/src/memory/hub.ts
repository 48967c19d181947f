import type { DeadLetter, Peer, RejectReason, SubscriptionSpec } from '../contract/index.ts'
import { type Clock, processWide, type TimerOptions } from '../kernel/index.ts'
import type { Address, Frame } from '../message/index.ts'
import { DeadLetters, groupKey, matchesTarget } from '../transport-kit/index.ts'
import { Group, type GroupHost, type GroupOptions } from './group.ts'
import { Pump, type Pumped } from './pump.ts'

/** A transport that is attached to a hub. */
export interface HubMember {
  readonly peer: Peer
  routesChanged(reason: string): void
  peerChanged(change: 'joined' | 'left', peer: Peer): void
}

/** Most topics, agents, and instances of one agent whose groups a hub remembers; forgetting only costs a look-up. */
const maxRemembered = 1_000

/** Where the agents of one namespace in one process meet. */
export class Hub implements GroupHost {
  readonly deadLetters = new DeadLetters()
  readonly #clock: Clock
  readonly #onEmpty: () => void
  readonly #groups = new Map<string, Group>()
  readonly #members = new Set<HubMember>()
  readonly #topics = new Map<string, readonly Group[]>()
  /** Groups of inboxes by agent, then by instance; the agent's own under an empty text. */
  readonly #agents = new Map<string, Map<string, readonly Group[]>>()
  readonly #pump = new Pump()

  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock
    this.#onEmpty = onEmpty
  }

  get groups(): number {
    return this.#groups.size
  }

  get queued(): number {
    let queued = 0
    for (const group of this.#groups.values()) queued += group.queued
    return queued
  }

  attach(member: HubMember): void {
    for (const other of this.#members) {
      other.peerChanged('joined', member.peer)
      member.peerChanged('joined', other.peer)
    }
    this.#members.add(member)
  }

  detach(member: HubMember): void {
    this.#members.delete(member)
    for (const other of this.#members) other.peerChanged('left', member.peer)
    this.#checkEmpty()
  }

  /** The group of a subscription, made when it is the first of its kind. */
  group(spec: SubscriptionSpec, options: GroupOptions): Group {
    const key = groupKey(spec)
    let group = this.#groups.get(key)
    if (!group) {
      group = new Group(key, spec, this, options)
      this.#groups.set(key, group)
    }
    return group
  }

  /** The groups that get a frame for `address` now. */
  groupsFor(address: Address): readonly Group[] {
    const remembered = address.kind === 'topic' ? this.#topics : this.#inboxes(address.agent)
    const name = address.kind === 'topic' ? address.topic : (address.instance ?? '')
    let groups = remembered.get(name)
    if (!groups) {
      groups = [...this.#groups.values()].filter(group => group.open && matchesTarget(group.spec.target, address))
      if (remembered.size === maxRemembered) remembered.clear()
      remembered.set(name, groups)
    }
    return groups
  }

  changed(reason: string): void {
    this.#topics.clear()
    this.#agents.clear()
    for (const member of this.#members) member.routesChanged(reason)
  }

  soon(queue: Pumped): void {
    this.#pump.soon(queue)
  }

  schedule(callback: () => void, delayMs: number, options?: TimerOptions) {
    return this.#clock.schedule(callback, delayMs, options)
  }

  bury(frame: Frame, reason: RejectReason): void {
    this.deadLetters.add(frame, reason)
  }

  retired(): void {
    this.changed('unsubscribed')
  }

  ended(group: Group): void {
    this.#groups.delete(group.key)
    this.#checkEmpty()
  }

  #inboxes(agent: string): Map<string, readonly Group[]> {
    let inboxes = this.#agents.get(agent)
    if (!inboxes) {
      inboxes = new Map()
      if (this.#agents.size === maxRemembered) this.#agents.clear()
      this.#agents.set(agent, inboxes)
    }
    return inboxes
  }

  #checkEmpty(): void {
    if (this.#members.size === 0 && this.#groups.size === 0) this.#onEmpty()
  }
}

// Agents of two copies of core in one process meet in one hub.
const hubs = processWide<Map<string, Hub>>('memory-hubs.1', () => new Map())

/** The hub of a namespace in this process. It is forgotten once it has neither agents nor frames. */
export function hubOf(namespace: string, clock: Clock): Hub {
  let hub = hubs.get(namespace)
  if (!hub) {
    const made = new Hub(clock, () => {
      if (hubs.get(namespace) === made) hubs.delete(namespace)
    })
    hubs.set(namespace, made)
    hub = made
  }
  return hub
}

/**
 * Returns the frames that were given up in a namespace of this process while any of its agents runs: newest last, at most a
 * thousand.
 */
export function memoryDeadLetters(namespace = 'default'): readonly DeadLetter[] {
  return hubs.get(namespace)?.deadLetters.items() ?? []
}
