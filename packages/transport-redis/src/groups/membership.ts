import type { BrokeredSettings } from '@sm/brokered'
import type { Random, Target } from '@sm/core/transport'
import type { Session } from '../session.ts'
import { type Names, placeName } from '../wire/names.ts'
import type { Reply } from '../wire/reply.ts'
import {
  claimScript,
  deafScript,
  joinScript,
  leaveScript,
  releaseScript,
  remainingScript,
  retireScript,
} from '../wire/scripts/index.ts'
import { type TakenEntry, toTakenEntries } from '../wire/stream-entry.ts'

/** The state of a group that a member finds on joining. */
export interface Joined {
  readonly orphans: boolean
  /** Entries that this side held under its previous name. */
  readonly kept: Reply
  /** This was a member before, and the queue was no longer there. */
  readonly wasLost: boolean
}

/** How long what belongs to a queue outlives the last sign of life of a member, in milliseconds. */
export function lastsMs({ deadAfterMs, graceMs }: BrokeredSettings): number {
  return deadAfterMs + graceMs
}

/** How long what a whole namespace shares outlives the last sign of life, in milliseconds. */
export function sharedMs(settings: BrokeredSettings, durable: boolean): number {
  return durable ? Math.max(settings.keepMs, lastsMs(settings)) + lastsMs(settings) : 2 * lastsMs(settings)
}

/** The prefix of versions of bindings: a number that no server has had before it lost its data. */
export function freshVersion(random: Random): number {
  return random.uint32() * 1_000
}

/** Messages of a member of a group to the server, as one script each. */
export class Membership {
  readonly #name: string
  readonly #place: string
  readonly #names: Names
  readonly #settings: BrokeredSettings
  readonly #random: Random
  #isDurable = false
  /** The names under which the server may know this member: more than one when an answer was lost. */
  #known: string[] = []

  constructor(name: string, target: Target, { names, settings, random }: MembershipDeps) {
    this.#name = name
    this.#place = placeName(target)
    this.#names = names
    this.#settings = settings
    this.#random = random
  }

  get #shared(): string[] {
    const { version, bindings, leases, durable } = this.#names
    return [version, bindings, leases, durable]
  }

  get #own(): string[] {
    const name = this.#name
    return [this.#names.queue(name), this.#names.members(name), this.#names.delayed(name)]
  }

  async join(session: Session, durable: boolean): Promise<Joined> {
    const { deadAfterMs, keepMs } = this.#settings
    this.#isDurable = durable
    const [queue = '', members = ''] = this.#own
    const previous = this.#known.filter(name => name !== session.member)
    const wasMember = this.#known.length > 0
    this.#known = [...previous, session.member]
    const who = [this.#name, this.#place, session.member, previous.join(','), this.#names.control]
    const times = [deadAfterMs, lastsMs(this.#settings), keepMs, sharedMs(this.#settings, durable)]
    const flags = [durable ? '1' : '0', session.hasStreams ? '1' : '0', freshVersion(this.#random)]
    const reply = await session.run(joinScript, [...this.#shared, queue, members], [...who, ...times, ...flags])
    const [orphans, kept, isNew] = reply as readonly [number, Reply, number]
    this.#known = [session.member]
    return { orphans: orphans > 0, kept, wasLost: wasMember && isNew === 1 }
  }

  /** True when no other member is heard that takes what is left, and the queue is not kept. */
  async retire(session: Session): Promise<boolean> {
    const { version, bindings, durable, control } = this.#names
    const members = this.#names.members(this.#name)
    const args = [
      this.#name,
      session.member,
      control,
      this.#settings.deadAfterMs,
      this.#sharedMs,
      freshVersion(this.#random),
      this.#names.presence(''),
    ]
    return (await session.run(retireScript, [version, bindings, durable, members], args)) === 1
  }

  async leave(session: Session): Promise<void> {
    const { graceMs, keepMs } = this.#settings
    const args = [
      this.#name,
      session.member,
      this.#names.control,
      graceMs,
      keepMs,
      this.#sharedMs,
      freshVersion(this.#random),
    ]
    await session.run(leaveScript, [...this.#shared, ...this.#own], args)
  }

  /** Lets members that hear nothing any more take on nothing new. Resolves to their names. */
  async deaf(session: Session): Promise<readonly string[]> {
    const { control } = this.#names
    const keys = [this.#names.members(this.#name)]
    const reply = await session.run(deafScript, keys, [this.#name, control, this.#names.presence('')])
    return (reply as readonly Buffer[]).map(String)
  }

  async claim(session: Session, most: number): Promise<{ more: boolean; claimed: readonly TakenEntry[] }> {
    const [queue = '', members = ''] = this.#own
    const reply = (await session.run(claimScript, [queue, members], [session.member, most])) as readonly Reply[]
    return { more: reply[0] === 1, claimed: toTakenEntries(reply[1]) }
  }

  async release(session: Session, ids: readonly string[]): Promise<void> {
    const [queue = '', members = ''] = this.#own
    await session.run(releaseScript, [queue, members], [this.#name, this.#names.control, ...ids])
  }

  /** How many frames of the queue are not in the hands of others that are heard. */
  async remaining(session: Session): Promise<number> {
    return Number(await session.run(remainingScript, this.#own, [session.member, this.#names.presence('')]))
  }

  get #sharedMs(): number {
    return sharedMs(this.#settings, this.#isDurable)
  }
}

/** Dependencies of a member. */
export interface MembershipDeps {
  readonly names: Names
  readonly settings: BrokeredSettings
  readonly random: Random
}
