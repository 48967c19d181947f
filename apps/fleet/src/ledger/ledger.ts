import type { DeliveryLevel } from '@sm/core'
import { deliveryOf } from '../messages.ts'
import { Latencies } from './latencies.ts'
import type { HandledEntry, JoinedEntry, LedgerEntry, PublishedEntry } from './ledger-entry.ts'
import { Outages, type Phase } from './outages.ts'

/** The outcome of one message so far. */
interface MessageTally {
  readonly type: string
  published: boolean
  /** The instance that published it, as who handled it was told. */
  sender: string
  /** Each time that a handler was done with it. */
  readonly handled: Map<string, Handling[]>
}

interface Handling {
  readonly by: string
  readonly at: number
}

/** The messages of one type, counted. A message for two handlers asks for two handlings. */
export interface TypeTally {
  readonly delivery: DeliveryLevel
  published: number
  /** Handlings that the published messages asked for. */
  expected: number
  /** Of these, the ones that happened. */
  handled: number
  /** The rest, by the handler that never had the message. */
  readonly missing: Map<string, number>
  /** Handlings of the same message by the same handler after the first, those that count as again left out. */
  twice: number
  /** Handlings by members that were killed before the acknowledgement can have left, and that another did again. */
  again: number
  /** Handlings of messages that nobody is known to have published. */
  stray: number
  /** Messages whose publisher was killed before it could tell of them, or learn that anyone has them. */
  unconfirmed: number
}

/** A member, and what it did. */
export interface MemberTally extends Omit<JoinedEntry, 'kind'> {
  published: number
  handled: number
  killed: boolean
}

/** Messages that went one way, from one process to another or within one. */
export interface RouteTally {
  readonly from: string
  readonly fromPid: number
  readonly to: string
  readonly toPid: number
  readonly transport: string
  handled: number
  /** The same by when it was: before any wire was killed, while one was gone, or after that. */
  readonly phases: Record<Phase, number>
}

/** Messages looked at before the older half is counted and forgotten. What is on the way is far less. */
const maxMessages = 100_000

/**
 * How long before its death a member may have handled a message whose acknowledgement had not left, in milliseconds. It
 * leaves at once unless the machine is short of processors; what was handled again after longer was acknowledged, and is a
 * fault.
 */
const maxUnacknowledgedMs = 2_000

/**
 * Compares what was published with what was handled. It believes no counter of the library: it knows each message by
 * its id, from the entries of those who published and of those who handled.
 */
export class Ledger {
  readonly members = new Map<string, MemberTally>()
  readonly routes = new Map<string, RouteTally>()
  readonly latencies: Readonly<Record<DeliveryLevel | 'request', Latencies>> = {
    'at-most-once': new Latencies(),
    'at-least-once': new Latencies(),
    request: new Latencies(),
  }
  readonly requests = { answered: 0, unanswered: 0 }
  readonly publishedOver = new Map<string, number>()
  /** Codes of publishes that failed, of requests without an answer, and other trouble, with how often. */
  readonly troubles = new Map<string, number>()
  /** Codes of what the library warned of, with how often. */
  readonly warnings = new Map<string, number>()
  readonly outages = new Outages()
  /** The latest words of the desk. */
  lastAnswer = ''
  readonly #deaths = new Map<string, number>()
  readonly #now: () => number
  readonly #handlers = new Map<string, Set<string>>()
  readonly #counted = new Map<string, TypeTally>()
  #young = new Map<string, MessageTally>()
  #old = new Map<string, MessageTally>()

  /** `now`: a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  record(entry: LedgerEntry): void {
    switch (entry.kind) {
      case 'joined': {
        const { instance, agent, role, pid } = entry
        this.members.set(instance, { instance, agent, role, pid, published: 0, handled: 0, killed: false })
        break
      }
      case 'died': {
        this.#deaths.set(entry.instance, this.#now())
        const member = this.members.get(entry.instance)
        if (member) member.killed = true
        break
      }
      case 'subscribed':
        this.#handlersOf(entry.type).add(entry.handler)
        break
      case 'published':
        this.#published(entry)
        break
      case 'handled':
        this.#handled(entry)
        break
      case 'answered':
        this.requests.answered += 1
        this.latencies.request.add(entry.latencyMs)
        this.lastAnswer = entry.text
        break
      case 'unanswered':
        this.requests.unanswered += 1
        count(this.troubles, `${entry.type} was not answered: ${entry.code}`)
        break
      case 'unpublished':
        count(this.troubles, `${entry.type} was not published: ${entry.code}`)
        break
      case 'warned':
        count(this.warnings, entry.code)
        break
      case 'trouble':
        count(this.troubles, entry.text)
        break
      case 'wire-killed':
        this.outages.killed(entry.wire, entry.at)
        break
      case 'wire-mended':
        this.outages.mended(entry.at)
        break
    }
  }

  /** The messages by type, up to now. */
  tallies(): ReadonlyMap<string, TypeTally> {
    const tallies = new Map(
      [...this.#counted].map(([type, tally]) => [type, { ...tally, missing: new Map(tally.missing) }]),
    )
    for (const messages of [this.#old, this.#young])
      for (const message of messages.values()) this.#count(message, tallies)
    return tallies
  }

  #published({ by, id, type, transports }: PublishedEntry): void {
    const member = this.members.get(by)
    if (member) member.published += 1
    for (const transport of transports) count(this.publishedOver, transport)
    this.#message(id, type).published = true
  }

  #handled(entry: HandledEntry): void {
    const { by, id, type, handler, sender, latencyMs } = entry
    const message = this.#message(id, type)
    message.sender = sender
    const handling = { by, at: this.#now() }
    const handlings = message.handled.get(handler)
    if (handlings) handlings.push(handling)
    else message.handled.set(handler, [handling])
    const delivery = deliveryOf(type)
    if (delivery) this.latencies[delivery].add(latencyMs)
    const member = this.members.get(by)
    if (member) member.handled += 1
    this.#travelled(entry, member)
  }

  #travelled({ by, from, sender, transport, at }: HandledEntry, member: MemberTally | undefined): void {
    const key = `${sender} ${by} ${transport}`
    const [fromPid, toPid] = [this.members.get(sender)?.pid ?? 0, member?.pid ?? 0]
    let route = this.routes.get(key)
    if (!route) {
      const phases = { before: 0, gone: 0, after: 0 }
      route = { from, fromPid, to: member?.agent ?? by, toPid, transport, handled: 0, phases }
      this.routes.set(key, route)
    }
    route.handled += 1
    route.phases[this.outages.handled(at, transport, fromPid !== toPid)] += 1
  }

  #message(id: string, type: string): MessageTally {
    let message = this.#young.get(id) ?? this.#old.get(id)
    if (!message) {
      if (this.#young.size === maxMessages / 2) this.#turn()
      message = { type, published: false, sender: '', handled: new Map() }
      this.#young.set(id, message)
    }
    return message
  }

  /** A message that is forgotten here and handled again later shows as a stray: it does not go unnoticed. */
  #turn(): void {
    for (const message of this.#old.values()) this.#count(message, this.#counted)
    this.#old = this.#young
    this.#young = new Map()
  }

  #count({ type, published, sender, handled }: MessageTally, tallies: Map<string, TypeTally>): void {
    let tally = tallies.get(type)
    if (!tally) {
      tally = {
        delivery: deliveryOf(type) ?? 'at-least-once',
        published: 0,
        expected: 0,
        handled: 0,
        missing: new Map(),
        twice: 0,
        again: 0,
        stray: 0,
        unconfirmed: 0,
      }
      tallies.set(type, tally)
    }
    if (published) {
      tally.published += 1
      tally.handled += handled.size
      for (const handler of this.#handlersOf(type)) {
        tally.expected += 1
        if (!handled.has(handler)) tally.missing.set(handler, (tally.missing.get(handler) ?? 0) + 1)
      }
    } else if (this.#deaths.has(sender)) {
      tally.unconfirmed += 1
    } else {
      tally.stray += handled.size
    }
    for (const handlings of handled.values()) {
      const again = handlings.length > 1 ? this.#again(handlings) : 0
      tally.again += again
      tally.twice += handlings.length - 1 - again
    }
  }

  /** Of several handlings of one message by one handler, those that a death excuses. In which order they were told says nothing. */
  #again(handlings: readonly Handling[]): number {
    const excused = handlings.filter(({ by, at }) => at + maxUnacknowledgedMs >= (this.#deaths.get(by) ?? Infinity))
    return Math.min(new Set(excused.map(({ by }) => by)).size, handlings.length - 1)
  }

  #handlersOf(type: string): Set<string> {
    let handlers = this.#handlers.get(type)
    if (!handlers) {
      handlers = new Set()
      this.#handlers.set(type, handlers)
    }
    return handlers
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}
