import type { Peer } from '../contract/index.ts'
import type { Clock } from '../kernel/index.ts'
import { parseAgentRef } from '../message/index.ts'
import type { Card } from './card.ts'
import { ChangeStream } from './change-stream.ts'
import type { DirectoryChange, DirectoryEntry, DirectoryWire } from './directory-entry.ts'
import type { KnownInstance } from './known-instance.ts'
import { placeOf } from './place.ts'
import type { Presence } from './presence.ts'
import type { Load } from './presence-message.ts'
import type { Roster, RosterChange } from './roster.ts'
import { type Topology, topologyOf } from './topology.ts'

/**
 * Who is there, as far as this agent has heard: by live links, by what others say of themselves on each transport, and by what a
 * newcomer is told. Bounded to 10,000 instances.
 */
export interface Directory {
  /** Every instance that is known, this one first. */
  list(): readonly DirectoryEntry[]
  /** The instances of an agent (`billing`), or one of them (`billing/01J…`). Throws `SM_NAME_INVALID`. */
  get(agent: string): readonly DirectoryEntry[]
  /**
   * Changes from now on, until `signal` aborts, the loop is left or the agent stops. To one who is slow only the latest change of each
   * instance is told.
   */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<DirectoryChange>
  /** Who is linked with whom, as data; as Mermaid by `toString()`. */
  topology(): Topology
}

/** The directory of an agent, on top of its roster. */
export class AgentDirectory implements Directory {
  readonly #deps: DirectoryDeps
  readonly #streams = new Set<ChangeStream>()

  constructor(deps: DirectoryDeps) {
    this.#deps = deps
    deps.roster.on('change', change => this.#changed(change))
  }

  list(): readonly DirectoryEntry[] {
    const { roster } = this.#deps
    return [this.#self(), ...[...roster.all()].map(known => this.#entry(known))]
  }

  get(agent: string): readonly DirectoryEntry[] {
    const ref = parseAgentRef(agent)
    return this.list().filter(
      entry => entry.agent === ref.agent && (ref.instance === undefined || entry.instance === ref.instance),
    )
  }

  watch({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<DirectoryChange> {
    return new ChangeStream(this.#streams, signal)
  }

  topology(): Topology {
    return topologyOf(this.list())
  }

  #changed({ change, instance }: RosterChange): void {
    for (const stream of this.#streams) stream.push({ change, entry: this.#entry(instance) })
  }

  /** Ends every watch. */
  close(): void {
    for (const stream of this.#streams) stream.end()
  }

  #self(): DirectoryEntry {
    const { card } = this.#deps.presence
    const wires: Record<string, DirectoryWire> = {}
    for (const [wire, state] of Object.entries(card.wires)) {
      wires[wire] = { evidence: 'subscribed', ageMs: 0, state, ...this.#roundTrip(wire) }
    }
    const place = { sameProcess: true, sameMachine: true, sameLan: true }
    return { ...ofCard(card), isSelf: true, wires, load: this.#deps.load(), ...place }
  }

  #entry(known: KnownInstance): DirectoryEntry {
    const { agent, instance, card, peer, load, evidence } = known
    const now = this.#deps.clock.elapsed()
    const wires: Record<string, DirectoryWire> = {}
    for (const [wire, { kind, at }] of evidence) {
      const state = card?.wires[wire]
      const ageMs = kind === 'subscribed' ? 0 : Math.max(0, now - at)
      wires[wire] = { evidence: kind, ageMs, ...(state && { state }), ...this.#roundTrip(wire) }
    }
    const said = card ? ofCard(card) : { agent, instance, ...ofPeer(peer), handles: [] }
    return { ...said, isSelf: false, wires, ...(load && { load }), ...this.#place(known) }
  }

  #place(known: KnownInstance) {
    const place = placeOf(known)
    const sameMachine = place === 'process' || place === 'machine'
    const links = [...known.evidence].filter(([, { kind }]) => kind === 'subscribed')
    return {
      sameProcess: place === 'process',
      sameMachine,
      sameLan: sameMachine || links.some(([wire]) => this.#isLocal(wire)),
    }
  }

  #roundTrip(wire: string) {
    const roundTripMs = this.#deps.roster.roundTripMs(wire)
    return roundTripMs === undefined ? undefined : { roundTripMs }
  }

  /** Whether a transport reaches no further than the local network. */
  #isLocal(wire: string): boolean {
    const reach = this.#deps.presence.transport(wire)?.capabilities.reach
    return reach !== undefined && reach !== 'wan'
  }
}

function ofCard({ agent, instance, hostId, processId, since, inbox, handles, store }: Card) {
  return { agent, instance, hostId, processId, since, inbox, handles, ...(store !== undefined && { store }) }
}

function ofPeer({ hostId, processId }: Partial<Peer> = {}) {
  return { ...(hostId !== undefined && { hostId }), ...(processId !== undefined && { processId }) }
}

export interface DirectoryDeps {
  readonly roster: Roster
  readonly presence: Presence
  readonly clock: Clock
  readonly load: () => Load
}
