import type { Handled, Inbox } from './card.ts'
import type { Load } from './presence-message.ts'

/** What is known of an agent instance on one transport. */
export interface DirectoryWire {
  /**
   * `subscribed` by a live link, `heard` from it, `told` by another who had heard it. `silent`: it says that it is there and is
   * heard elsewhere, but nothing comes from it there any more, so that the wire may be half open.
   */
  readonly evidence: 'subscribed' | 'heard' | 'told' | 'silent'
  /** How long ago that was known last, in milliseconds. 0 for a live link. */
  readonly ageMs: number
  /** What the instance says of its own end. Absent until that was heard. */
  readonly state?: 'ready' | 'degraded'
  /** How long a message lately took to the wire's broker and back, in milliseconds, where that was measured. */
  readonly roundTripMs?: number
}

/** An agent instance, as far as it was heard of. */
export interface DirectoryEntry {
  readonly agent: string
  readonly instance: string
  /** This is the agent whose directory it is. */
  readonly isSelf: boolean
  /** The same text for all on one machine. Absent until it was heard, as are all that follow. */
  readonly hostId?: string
  readonly processId?: number
  /** When it was made, epoch milliseconds. */
  readonly since?: number
  /** Transports by which it can be reached, and what that is known from. */
  readonly wires: Readonly<Record<string, DirectoryWire>>
  /** Whether it takes messages to its agent, and whether those are `kept` while no instance runs. */
  readonly inbox?: Inbox
  readonly handles: readonly Handled[]
  readonly load?: Load
  /** Where it remembers what it has handled: the same text for all who share a deduplication store. */
  readonly store?: string
  readonly sameProcess: boolean
  readonly sameMachine: boolean
  /** It has a link over a transport that reaches no further than the local network. */
  readonly sameLan: boolean
}

/** A change of the directory. */
export interface DirectoryChange {
  readonly change: 'joined' | 'changed' | 'left'
  readonly entry: DirectoryEntry
}
