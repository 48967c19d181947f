import {
  type Address,
  type Cancel,
  type Clock,
  formatAgentRef,
  groupKey,
  matchesTarget,
  type Target,
} from '@sm/core/transport'
import type { Awaiting, FrameCopy } from './frame-copy.ts'
import type { Absence, Member } from './member.ts'
import { type GroupHost, RemoteGroup } from './remote-group.ts'

/** Most addresses whose groups are remembered; forgetting only costs a look-up. */
const maxRemembered = 1_000

export interface GroupsOptions {
  readonly clock: Clock
  readonly graceMs: number
  /** The set of peers that can be reached has changed. */
  readonly onChange: (reason: string) => void
  readonly onAbandoned: (group: RemoteGroup, entries: readonly FrameCopy[]) => void
}

/** Every group that a sender knows of, here and at its peers. */
export class Groups implements GroupHost {
  readonly graceMs: number
  readonly #options: GroupsOptions
  readonly #groups = new Map<string, RemoteGroup>()
  readonly #topics = new Map<string, readonly RemoteGroup[]>()
  readonly #inboxes = new Map<string, readonly RemoteGroup[]>()

  constructor(options: GroupsOptions) {
    this.graceMs = options.graceMs
    this.#options = options
  }

  get size(): number {
    return this.#groups.size
  }

  /** Frames that wait for a member. */
  get waiting(): number {
    let waiting = 0
    for (const group of this.#groups.values()) waiting += group.waiting
    return waiting
  }

  /** The groups that get a frame for `address` now. */
  for(address: Address): readonly RemoteGroup[] {
    const remembered = address.kind === 'topic' ? this.#topics : this.#inboxes
    const key = address.kind === 'topic' ? address.topic : formatAgentRef(address)
    let groups = remembered.get(key)
    if (!groups) {
      groups = [...this.#groups.values()].filter(group => isOpen(group) && matchesTarget(group.target, address))
      if (remembered.size === maxRemembered) remembered.clear()
      remembered.set(key, groups)
    }
    return groups
  }

  /** The group of a target, made when its first member comes. */
  open(target: Target, name: string): RemoteGroup {
    const key = groupKey({ target, group: name })
    let group = this.#groups.get(key)
    if (!group) {
      group = new RemoteGroup(key, target, name, this)
      this.#groups.set(key, group)
    }
    return group
  }

  join(group: RemoteGroup, member: Member): void {
    this.#forget()
    group.join(member)
    this.#options.onChange('subscribed')
  }

  leave(group: RemoteGroup, member: Member, absence: Absence = 'left'): void {
    this.#forget()
    group.leave(member, absence)
    this.#options.onChange('unsubscribed')
  }

  /** An instance whose links were broken does not come back, or has told anew what it wants. */
  settled(instance: string): void {
    for (const group of this.#groups.values()) group.settled(instance)
    this.#forget()
    // Also where a group stays for what waits in it: nothing new goes there.
    this.#options.onChange('unsubscribed')
  }

  /** The wire is back after a cut. */
  restored(): void {
    for (const group of this.#groups.values()) group.restored()
  }

  /** Calls `visit` with each publish that waits for a member. */
  eachAwaiting(visit: (awaiting: Awaiting) => void): void {
    for (const group of this.#groups.values()) if (group.waiting > 0) group.eachAwaiting(visit)
  }

  /** Sends what waits wherever there is room. */
  pump(): void {
    for (const group of this.#groups.values()) if (group.waiting > 0) group.pump()
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
    this.#groups.clear()
    this.#forget()
  }

  schedule(callback: () => void, delayMs: number): Cancel {
    return this.#options.clock.schedule(callback, delayMs)
  }

  ended(group: RemoteGroup): void {
    this.#groups.delete(group.key)
    this.#forget()
  }

  abandoned(group: RemoteGroup, entries: readonly FrameCopy[]): void {
    this.#options.onAbandoned(group, entries)
  }

  #forget(): void {
    this.#topics.clear()
    this.#inboxes.clear()
  }
}

/** Whether frames may be published to a group: it has members, or those of its topic may come back. */
function isOpen({ members, isExpected, target }: RemoteGroup): boolean {
  return members.length > 0 || (isExpected && target.kind === 'pattern')
}
