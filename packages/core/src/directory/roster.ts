import type { Peer } from '../contract/index.ts'
import { type Clock, createEmitter, type Unlisten } from '../kernel/index.ts'
import type { Card } from './card.ts'
import { type Heard, KnownInstance } from './known-instance.ts'
import type { ToldCard } from './presence-message.ts'

/** How a roster has changed: somebody came, is known otherwise than before, or is gone. */
export interface RosterChange {
  readonly change: 'joined' | 'changed' | 'left'
  readonly instance: KnownInstance
}

/** Events of a roster. */
export interface RosterEvents {
  change: RosterChange
  /** Who can be reached by what may be otherwise than before. */
  reach: undefined
}

/** Most instances that a roster holds, and most that it remembers as gone. */
const maxInstances = 10_000

/**
 * The agent instances that were heard of, with the evidence for each. A full roster makes no room for a stranger: those who are
 * known stay until they are silent. A link is the strongest evidence, and nothing that is only said takes it away.
 */
export class Roster {
  readonly #clock: Clock
  readonly #events
  readonly #instances = new Map<string, KnownInstance>()
  readonly #agents = new Map<string, Set<KnownInstance>>()
  /** Numbers of the last words of those who are gone, so that an echo of them is known for what it is. */
  readonly #gone = new Map<string, number>()
  readonly #roundTrips = new Map<string, number>()
  /** How many are heard on each transport. */
  readonly #heardOn = new Map<string, number>()
  /** Transports on which everyone is known. */
  readonly #complete = new Set<string>()
  #refused = 0
  #wireSets: readonly (readonly string[])[] | undefined

  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock
    this.#events = createEmitter<RosterEvents>(onError)
  }

  on<Name extends keyof RosterEvents>(name: Name, listener: (event: RosterEvents[Name]) => void): Unlisten {
    return this.#events.on(name, listener)
  }

  get size(): number {
    return this.#instances.size
  }

  /** How many strangers found no room. */
  get refused(): number {
    return this.#refused
  }

  all(): IterableIterator<KnownInstance> {
    return this.#instances.values()
  }

  get(instance: string): KnownInstance | undefined {
    return this.#instances.get(instance)
  }

  of(agent: string): readonly KnownInstance[] {
    return [...(this.#agents.get(agent) ?? [])]
  }

  /** How many instances are heard on a transport, or have a link there. */
  heardOn(wire: string): number {
    return this.#heardOn.get(wire) ?? 0
  }

  /** The transports by which instances can be reached, each combination once. */
  get wireSets(): readonly (readonly string[])[] {
    if (!this.#wireSets) {
      const sets = new Map<string, readonly string[]>()
      for (const { liveWires } of this.#instances.values()) sets.set(liveWires.join(), liveWires)
      this.#wireSets = [...sets.values()]
    }
    return this.#wireSets
  }

  /** Whether everyone who is on a transport is known, as far as that can be said. */
  isComplete(wire: string): boolean {
    return this.#complete.has(wire)
  }

  /** Everyone on a transport is known, or no longer. */
  complete(wire: string, isComplete: boolean): void {
    if (isComplete === this.#complete.has(wire)) return
    if (isComplete) this.#complete.add(wire)
    else this.#complete.delete(wire)
    this.#events.emit('reach', undefined)
  }

  /** How long a word lately took to the broker of a transport and back, in milliseconds, where that was measured. */
  roundTripMs(wire: string): number | undefined {
    return this.#roundTrips.get(wire)
  }

  /** A word has come back from the broker of a transport; undefined where it has none. */
  cameBack(wire: string, roundTripMs: number | undefined): void {
    if (roundTripMs === undefined) this.#roundTrips.delete(wire)
    else this.#roundTrips.set(wire, roundTripMs)
  }

  /** A transport has a link to an instance, which is who it says: whoever was said to have that name gives way. `card`: what it says of itself. */
  linked(wire: string, peer: Peer, card?: Card): void {
    const before = this.#instances.get(peer.instance)
    if (before && before.agent !== peer.agent) this.#remove(before)
    const isKnown = this.#instances.has(peer.instance)
    const known = this.#instances.get(peer.instance) ?? this.#add(peer.agent, peer.instance)
    known.peer = peer
    known.link(wire, this.#clock.elapsed(), card)
    this.#note(known, isKnown ? 'changed' : 'joined')
  }

  /** The link is gone. */
  unlinked(wire: string, instance: string): void {
    const known = this.#instances.get(instance)
    if (known?.evidence.get(wire)?.kind === 'subscribed') this.#lose(known, wire)
  }

  /** An instance was heard on a transport. Returns it, unless that was an echo or there is no room for it. */
  heard(wire: string, agent: string, instance: string, heard: Heard): KnownInstance | undefined {
    const known = this.#instances.get(instance) ?? this.#stranger(agent, instance, heard.seq)
    if (known?.agent !== agent) return undefined
    const isNew = known.evidence.size === 0
    const news = known.hear(wire, heard, this.#clock.elapsed())
    if (isNew) this.#note(known, 'joined')
    else if (news === 'changed') this.#note(known, 'changed')
    return news === 'stale' ? undefined : known
  }

  /** Somebody who was asked has heard an instance on a transport. */
  told(wire: string, { card, seq, ageMs, ttlMs }: ToldCard): void {
    const at = this.#clock.elapsed() - ageMs
    if (at + ttlMs <= this.#clock.elapsed()) return
    const known = this.#instances.get(card.instance) ?? this.#stranger(card.agent, card.instance, seq)
    if (known?.agent !== card.agent) return
    const isNew = known.evidence.size === 0
    const news = known.tell(wire, card, seq, at, at + ttlMs)
    if (isNew) this.#note(known, 'joined')
    else if (news === 'changed') this.#note(known, 'changed')
  }

  /** An instance has said on a transport that it is gone. */
  left(wire: string, instance: string, seq: number): void {
    const known = this.#instances.get(instance)
    const evidence = known?.evidence.get(wire)
    if (!known || !evidence || evidence.kind === 'subscribed' || seq <= evidence.seq) return
    known.ended(seq)
    this.#lose(known, wire)
  }

  /** Forgets what was not heard for too long. Returns whether there will be more to forget. */
  expire(): boolean {
    const now = this.#clock.elapsed()
    let isMore = false
    for (const known of this.#instances.values()) {
      for (const [wire, { endsAt }] of known.evidence) {
        if (endsAt <= now) this.#fallSilent(known, wire)
        else if (endsAt < Number.POSITIVE_INFINITY) isMore = true
      }
    }
    return isMore
  }

  /** A transport is no longer used. */
  forgetWire(wire: string): void {
    this.complete(wire, false)
    for (const known of this.#instances.values()) if (known.evidence.has(wire)) this.#lose(known, wire)
  }

  /** An entry for somebody new, unless that is an echo of somebody who is gone, or there is no room. */
  #stranger(agent: string, instance: string, seq: number): KnownInstance | undefined {
    if (seq <= (this.#gone.get(instance) ?? -1)) return undefined
    if (this.#instances.size < maxInstances) return this.#add(agent, instance)
    this.#refused += 1
    return undefined
  }

  #add(agent: string, instance: string): KnownInstance {
    const known = new KnownInstance(agent, instance, (wire, change) =>
      this.#heardOn.set(wire, this.heardOn(wire) + change),
    )
    this.#instances.set(instance, known)
    const others = this.#agents.get(agent)
    if (others) others.add(known)
    else this.#agents.set(agent, new Set([known]))
    return known
  }

  /** Nothing more is heard there. While it is heard elsewhere and says that it is there, the two disagree, and that shows. */
  #fallSilent(known: KnownInstance, wire: string): void {
    if (known.voices < 2 || known.card?.wires[wire] === undefined) {
      this.#lose(known, wire)
      return
    }
    known.silence(wire)
    this.#note(known, 'changed')
  }

  #lose(known: KnownInstance, wire: string): void {
    known.lose(wire)
    if (known.voices > 0) this.#note(known, 'changed')
    else this.#remove(known)
  }

  #remove(known: KnownInstance): void {
    const { agent, instance, lastSeq } = known
    for (const wire of known.evidence.keys()) known.lose(wire)
    this.#instances.delete(instance)
    const others = this.#agents.get(agent)
    others?.delete(known)
    if (others?.size === 0) this.#agents.delete(agent)
    if (this.#gone.size === maxInstances) this.#gone.delete(this.#gone.keys().next().value as string)
    this.#gone.set(instance, lastSeq)
    this.#note(known, 'left')
  }

  #note(instance: KnownInstance, change: RosterChange['change']): void {
    this.#wireSets = undefined
    this.#events.emit('change', { change, instance })
    this.#events.emit('reach', undefined)
  }
}
