import { type ConsumerInfo, JetStreamApiCodes, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream'
import { type Clock, describeThrown, matchesPattern } from '@sm/core/transport'
import { natsError } from '../errors.ts'
import type { Session } from '../session.ts'
import { fitsFilter, type Names } from '../wire/names.ts'
import { type Announcement, parseAnnouncement } from './announcement.ts'
import { listConsumers } from './listing.ts'
import { QueueQuota } from './queue-quota.ts'

/** A consumer of the stream: the queue of one group. */
export interface Group {
  readonly name: string
  readonly filters: readonly string[]
  /** The pattern by which its members choose among what fits the filter. */
  readonly pattern: string | undefined
  /** Frames with a number up to this one were never in its queue. */
  readonly after: number
  /** Frames with a number above this one were never in its queue. Infinite while the group is there. */
  until: number
  readonly room: QueueQuota
}

/** How long the list of the server is good enough where nobody seems to be there, in milliseconds. */
const oldMs = 2_000
/** How long after a consumer was made its maker is taken to be a stranger who tells nobody, in milliseconds. */
const strangerMs = 250
/** How long the members of a group may take to make its consumer again, in milliseconds. */
const remakeMs = 2_000

/**
 * Which groups have a queue in the stream. JetStream takes a frame that nobody wants as readily as any other, and keeps it
 * nowhere; who publishes has to know who is there. Members tell when a group begins and ends, and a server
 * delivers what they tell before the answer to a later publish; the list of the server is the truth to begin with.
 */
export class Groups {
  readonly #deps: GroupsDeps
  readonly #groups = new Map<string, Group>()
  /** Groups that are gone without a word of their members, and until when they may come back. */
  readonly #expected = new Map<string, { readonly group: Group; readonly until: number }>()
  /** Groups that their last member is about to remove, and who waits for how that ends. */
  readonly #ending = new Map<string, PromiseWithResolvers<void>>()
  #session: Session | undefined
  #manager: JetStreamManager | undefined
  #version = 0
  #refreshing: Promise<void> | undefined
  /** Whether there are groups of which nothing but the name is known. */
  #isBlind = false
  #listedAt = 0

  constructor(deps: GroupsDeps) {
    this.#deps = deps
  }

  /** Another number whenever a group has begun or ended. */
  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#groups.size
  }

  /** Whether all groups are known: while a cluster chooses who leads the queue of one, nobody can tell what it wants. */
  get isComplete(): boolean {
    return !this.#isBlind
  }

  has(name: string): boolean {
    return this.#groups.has(name)
  }

  /** Learns who is there, and listens from now on. */
  async attach(session: Session, manager: JetStreamManager): Promise<void> {
    const { names } = this.#deps
    this.#session = session
    this.#manager = manager
    session.subscribe(names.groups, msg => this.#heard(msg.data))
    // Groups whose members all died end without a word of theirs. By the time this comes there may be a new one.
    session.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.DELETED.${names.stream}.*`, ({ subject }) => {
      const name = subject.slice(subject.lastIndexOf('.') + 1)
      if (this.#groups.has(name)) void this.#ask(name)
    })
    // Somebody else may have made a consumer. Those of ours are told of by their makers, at about the same time.
    session.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.CREATED.${names.stream}.*`, ({ subject }) => {
      const name = subject.slice(subject.lastIndexOf('.') + 1)
      this.#deps.clock.schedule(() => {
        if (this.#session === session && !this.#groups.has(name)) void this.#look(name)
      }, strangerMs)
    })
    await this.#list()
  }

  detach(): void {
    for (const group of this.#groups.values()) group.room.close()
    for (const { resolve } of this.#ending.values()) resolve()
    this.#ending.clear()
    this.#session = undefined
    this.#manager = undefined
    this.#refreshing = undefined
  }

  /** How many get a frame on `subject` from the server, whether they want it or not. */
  reached(subject: string): number {
    let count = 0
    for (const { filters } of this.#groups.values()) if (filters.some(filter => fitsFilter(filter, subject))) count += 1
    return count
  }

  /** The groups that want a frame on `subject`. */
  wanting(subject: string, topic: string | undefined): Group[] {
    return [...this.#groups.values()].filter(group => wants(group, subject, topic))
  }

  /** Whether somebody may come back who wants a frame on `subject`: until then "nobody" would not be true. */
  expects(subject: string, topic: string | undefined): boolean {
    const now = this.#deps.clock.elapsed()
    let isExpected = false
    for (const [name, { group, until }] of this.#expected) {
      if (now >= until) this.#expected.delete(name)
      else if (wants(group, subject, topic)) isExpected = true
    }
    return isExpected
  }

  /** The server has lost its stream, and with it all groups: those who belong to them make them again. */
  forgotten(): void {
    for (const group of [...this.#groups.values()]) {
      this.#expect(group, this.#deps.returnMs)
      this.#forget(group.name, Number.NaN)
    }
  }

  #expect(group: Group, returnMs: number): void {
    this.#expected.set(group.name, { group, until: this.#deps.clock.elapsed() + returnMs })
  }

  /** Tells everyone, this side among them, in the order of the server. */
  announce(announcement: Announcement): void {
    this.#session?.publish(this.#deps.names.groups, JSON.stringify(announcement))
  }

  /** Waits while the last member of a group is about to remove it. */
  async settled(name: string): Promise<void> {
    const ending = this.#ending.get(name)
    if (!ending) return
    const cancel = this.#deps.clock.schedule(() => this.#endedEnding(name), 5_000)
    await ending.promise
    cancel()
  }

  /** Asks the server for the list, unless that was done a moment ago and told of all. */
  async refreshIfOld(): Promise<void> {
    if (this.#isBlind || this.#deps.clock.elapsed() - this.#listedAt >= oldMs) await this.refresh()
  }

  /** Asks the server for the list. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#list().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #list(): Promise<void> {
    const { names, clock } = this.#deps
    const session = this.#session
    if (!session) return
    const gone = new Set(this.#groups.keys())
    this.#listedAt = clock.elapsed()
    const { found, missing } = await listConsumers(names.stream, session, clock)
    if (this.#session !== session) throw session.lostError()
    for (const info of found) {
      gone.delete(info.name)
      this.#expected.delete(info.name)
      const group = this.#groups.get(info.name) ?? this.#add(fromInfo(info))
      group.room.grant(queued(info))
    }
    for (const name of missing) gone.delete(name)
    for (const name of gone) this.#forget(name, Number.NaN)
    this.#isBlind = missing.some(name => !this.#groups.has(name))
  }

  #heard(data: Uint8Array): void {
    try {
      const announcement = parseAnnouncement(data)
      this.#apply(announcement)
    } catch (cause) {
      const what = `What was told on ${this.#deps.names.groups} cannot be understood: ${describeThrown(cause)}`
      this.#deps.fault(natsError('SM_NATS_EVENT', what, { cause }))
    }
  }

  #apply(announcement: Announcement): void {
    const { name } = announcement
    if (announcement.event === 'ending') {
      if (!this.#ending.has(name)) this.#ending.set(name, Promise.withResolvers())
      return
    }
    this.#endedEnding(name)
    if (announcement.event === 'ended') {
      this.#expected.delete(name)
      this.#forget(name, announcement.until)
    } else if (announcement.event === 'began') {
      const { filter, pattern, after } = announcement
      const known = this.#groups.get(name)
      if (known && known.after <= after) return
      // It begins before the one that is known: in another stream, which has none of the groups of this one.
      if (known) this.forgotten()
      this.#add({ name, filters: [filter], pattern, after }).room.grant(0)
    }
  }

  #add(group: Pick<Group, 'name' | 'filters' | 'pattern' | 'after'>): Group {
    const { clock, maxQueued: limit } = this.#deps
    const room = new QueueQuota({ limit, clock, ask: () => this.#ask(group.name) })
    const added: Group = { ...group, until: Number.POSITIVE_INFINITY, room }
    this.#groups.set(group.name, added)
    this.#expected.delete(group.name)
    this.#version += 1
    return added
  }

  #forget(name: string, until: number): void {
    const group = this.#groups.get(name)
    if (!group) return
    group.until = until
    this.#groups.delete(name)
    this.#version += 1
  }

  #endedEnding(name: string): void {
    this.#ending.get(name)?.resolve()
    this.#ending.delete(name)
  }

  /** Learns of a consumer that nobody has told of, if it is still there. */
  async #look(name: string): Promise<void> {
    try {
      const info = await this.#manager?.consumers.info(this.#deps.names.stream, name)
      if (info && !this.#groups.has(name)) this.#add(fromInfo(info)).room.grant(queued(info))
    } catch {
      // It is gone again, or the connection is.
    }
  }

  async #ask(name: string): Promise<number | undefined> {
    try {
      const info = await this.#manager?.consumers.info(this.#deps.names.stream, name)
      return info && queued(info)
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound) {
        const group = this.#groups.get(name)
        // Somebody removed it, or its members are all dead. If they are not, they make it again.
        if (group) this.#expect(group, remakeMs)
        this.#forget(name, Number.NaN)
      }
      // The next try tells what it is: a lost connection, or a server that is busy.
      return undefined
    }
  }
}

export interface GroupsDeps {
  readonly names: Names
  readonly clock: Clock
  readonly maxQueued: number
  /** How long those may take to come back whom a server has forgotten, in milliseconds. */
  readonly returnMs: number
  readonly fault: (error: unknown) => void
}

function wants({ filters, pattern }: Group, subject: string, topic: string | undefined): boolean {
  if (!filters.some(filter => fitsFilter(filter, subject))) return false
  return pattern === undefined || (topic !== undefined && matchesPattern(pattern, topic))
}

/** How many frames are in the queue of a consumer, those in the hands of its members among them. */
export function queued(info: ConsumerInfo): number {
  return info.num_pending + info.num_ack_pending
}

function fromInfo({ name, config }: ConsumerInfo): Pick<Group, 'name' | 'filters' | 'pattern' | 'after'> {
  const { filter_subject, filter_subjects, description = '' } = config
  const filters = filter_subjects ?? [filter_subject ?? '>']
  const pattern = /^pattern (\S+)$/.exec(description)?.[1]
  return { name, filters, pattern, after: 0 }
}

/** The description of a consumer, for {@link fromInfo} to read. */
export function describePattern(pattern: string | undefined): string {
  return pattern === undefined ? '' : `pattern ${pattern}`
}
