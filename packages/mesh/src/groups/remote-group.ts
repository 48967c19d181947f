import { type Cancel, Deque, type Frame, type Target } from '@sm/core/transport'
import { untouched } from '../wire/packets/packet.ts'
import { type Awaiting, FrameCopy, type FrameCopyHost } from './frame-copy.ts'
import type { Absence, Member } from './member.ts'

/** The parts of the transport that a group uses. */
export interface GroupHost {
  readonly graceMs: number
  schedule(callback: () => void, delayMs: number): Cancel
  /** Nobody is left, and nothing waits. */
  ended(group: RemoteGroup): void
  /** Frames that were accepted, but whose handling nobody will finish. */
  abandoned(group: RemoteGroup, entries: readonly FrameCopy[]): void
}

/** A number that depends on the text alone. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

/** The consumers that share the frames of one target, wherever they are, and the frames that wait for one of them. */
export class RemoteGroup implements FrameCopyHost {
  readonly key: string
  readonly target: Target
  readonly group: string
  readonly #host: GroupHost
  #waiting = new Deque<FrameCopy>()
  #members: readonly Member[] = []
  #delayed = new Map<FrameCopy, Cancel>()
  #grace: Cancel | undefined
  #held = 0
  /** The wire itself was severed while it had members: they may come back. */
  #isSevered = false
  /** Instances that are called again because their links broke. */
  readonly #broken = new Set<string>()
  #next = 0

  constructor(key: string, target: Target, group: string, host: GroupHost) {
    this.key = key
    this.target = target
    this.group = group
    this.#host = host
  }

  /** Whether members are away through no doing of their own, and may come back. */
  get isExpected(): boolean {
    return this.#members.length === 0 && (this.#isSevered || this.#broken.size > 0)
  }

  get members(): readonly Member[] {
    return this.#members
  }

  get waiting(): number {
    return this.#waiting.length + this.#delayed.size
  }

  join(member: Member): void {
    this.#grace?.()
    this.#grace = undefined
    this.#isSevered = false
    this.#broken.delete(member.instance)
    this.#members = [...this.#members, member]
    this.pump()
  }

  /**
   * A member has gone. Without another, what waits is kept for a while: one may come back. Where the member may not be gone, the
   * while begins when the wire is back, or when the member cannot be reached.
   */
  leave(member: Member, absence: Absence = 'left'): void {
    this.#members = this.#members.filter(other => other !== member)
    if (absence === 'severed') this.#isSevered = true
    if (absence === 'broken') this.#broken.add(member.instance)
    if (this.#members.length > 0) this.pump()
    else if (!this.isExpected) this.#orphaned()
  }

  /** The wire is back: whoever was cut off has a while to come back. */
  restored(): void {
    if (this.isExpected) this.#await()
  }

  /** An instance whose link broke does not come back, or has told anew what it wants. */
  settled(instance: string): void {
    if (!this.#broken.delete(instance) || this.isExpected || this.#members.length > 0) return
    this.#missUntouched()
    this.#orphaned()
  }

  /** A frame of the group is under way: it may come back even after the last member has left. */
  hold(): void {
    this.#held += 1
  }

  /** A frame of the group has met its end. */
  release(): void {
    this.#held -= 1
    if (this.#held === 0 && this.#members.length === 0 && this.waiting === 0 && !this.isExpected) this.#end()
  }

  /** A consumer gave a frame back. */
  returned(copy: FrameCopy, delayMs: number, begun = true): void {
    if (delayMs === untouched) {
      this.missed(copy)
      return
    }
    // A consumer that gives a frame back has had it.
    copy.accepted()
    this.again(copy, delayMs, begun)
  }

  /**
   * A frame met a consumer that had just left in good order, and nobody has taken it. Where nobody else is left, it ends as
   * if it had been published after that.
   */
  missed(copy: FrameCopy): void {
    if (this.#members.length > 0 || copy.awaiting === undefined || !copy.reliable) {
      this.again(copy, 0, false)
      return
    }
    copy.notTaken()
    if (this.target.kind === 'pattern') copy.missed()
    else this.#host.abandoned(this, [copy])
  }

  /** Sends a frame that needs no confirmation to a member with room. False when it has to wait. */
  offer(frame: Frame): boolean {
    if (this.#waiting.length > 0) return false
    const member = this.#choose(frame)
    if (!member) return false
    member.send(new FrameCopy(frame, this, undefined))
    return true
  }

  /** Sends a frame as soon as a member has room. Those who wait already come first. */
  push(copy: FrameCopy): void {
    const member = this.#waiting.length > 0 ? undefined : this.#choose(copy.frame)
    if (member) member.send(copy)
    else this.#waiting.push(copy)
  }

  /** Takes back a frame that no link has. False when one has it. */
  withdraw(copy: FrameCopy): boolean {
    if (copy.isSent) return false
    this.#delayed.get(copy)?.()
    this.#delayed.delete(copy)
    const rest = this.#waiting.drain()
    for (const other of rest) if (other !== copy) this.#waiting.push(other)
    return true
  }

  /** A frame came back, or its link was lost: it goes to another member, or to the same one again. */
  again(copy: FrameCopy, delayMs: number, counts = true): void {
    if (copy.isAbandoned || !copy.reliable) {
      copy.done()
      return
    }
    copy.returned(counts)
    if (delayMs > 0) {
      const release = () => {
        this.#delayed.delete(copy)
        this.#retry(copy)
      }
      this.#delayed.set(copy, this.#host.schedule(release, delayMs))
    } else this.#retry(copy)
  }

  /** Sends what waits, as far as there is room. */
  pump(): void {
    for (let i = this.#waiting.length; i > 0; i--) {
      const copy = this.#waiting.peek() as FrameCopy
      const member = this.#choose(copy.frame)
      if (!member) return
      this.#waiting.shift()
      member.send(copy)
    }
  }

  /** Calls `visit` with each publish that waits for a member. */
  eachAwaiting(visit: (awaiting: Awaiting) => void): void {
    for (const { awaiting } of [...this.#waiting.items(), ...this.#delayed.keys()]) if (awaiting) visit(awaiting)
  }

  /** Gives up what waits. */
  close(): void {
    this.#grace?.()
    this.#grace = undefined
    for (const cancel of this.#delayed.values()) cancel()
    const left = [...this.#waiting.drain(), ...this.#delayed.keys()]
    this.#delayed.clear()
    if (left.length > 0) this.#host.abandoned(this, left)
  }

  #retry(copy: FrameCopy): void {
    this.push(copy)
    if (this.#members.length === 0 && !this.isExpected) this.#await()
  }

  /** Nobody is left, and nobody is expected back. */
  #orphaned(): void {
    if (this.waiting > 0) this.#await()
    else if (this.#held === 0) this.#end()
  }

  /** What waits has a while. */
  #await(): void {
    this.#grace ??= this.#host.schedule(() => this.#end(), this.#host.graceMs)
  }

  #end(): void {
    if (this.isExpected) this.#missUntouched()
    this.#isSevered = false
    this.#broken.clear()
    this.close()
    this.#host.ended(this)
  }

  /** A publish that was made while members were away ends as if it had been made now that nobody is there. */
  #missUntouched(): void {
    if (this.target.kind !== 'pattern') return
    for (const copy of this.#waiting.drain()) {
      if (copy.attempt === 1 && copy.awaiting) copy.missed()
      else this.#waiting.push(copy)
    }
  }

  /** By key where there is one, so that one member sees all of it; else who has the most room, in turn among equals. */
  #choose({ header }: Frame): Member | undefined {
    const members = this.#members
    if (members.length === 1) return (members[0] as Member).room > 0 ? members[0] : undefined
    if (header.key !== undefined) {
      const member = byKey(members, header.key)
      return member && member.room > 0 ? member : undefined
    }
    let best: Member | undefined
    for (let i = 0; i < members.length; i++) {
      const member = members[(this.#next + i) % members.length] as Member
      if (member.room > (best?.room ?? 0)) best = member
    }
    this.#next = (this.#next + 1) % Math.max(1, members.length)
    return best
  }
}

/** The member to which a key belongs. Another joining or leaving moves only the keys that are its own. */
function byKey(members: readonly Member[], key: string): Member | undefined {
  let best: Member | undefined
  let highest = -1
  for (const member of members) {
    const score = hash(`${key} ${member.instance}`)
    // Of two links to one instance the newer: the other is about to end.
    if (score >= highest) {
      highest = score
      best = member
    }
  }
  return best
}
