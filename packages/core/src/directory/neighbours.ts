import { processWide } from '../kernel/index.ts'
import type { Card } from './card.ts'

/** An agent instance on a transport that reaches no further than this process. */
export interface Neighbour {
  /** Who it is now. */
  readonly card: Card
  /** Another is there, or is otherwise than before. */
  came(card: Card): void
  /** Another is there no longer. */
  went(instance: string): void
}

// Agents of two copies of core in one process know each other.
const streets = processWide<Map<string, Set<Neighbour>>>('neighbours.1', () => new Map())

/** Those who are on a transport of a namespace in this process, told of each other without a word on it. */
export class Neighbours {
  readonly #key: string

  constructor(namespace: string, transport: string) {
    this.#key = `${namespace} ${transport}`
  }

  /** One comes: it is told of all others, and they of it. */
  join(neighbour: Neighbour): void {
    const { card } = neighbour
    for (const other of this.#all) {
      neighbour.came(other.card)
      other.came(card)
    }
    const all = streets.get(this.#key)
    if (all) all.add(neighbour)
    else streets.set(this.#key, new Set([neighbour]))
  }

  /** One is otherwise than before. */
  announce(neighbour: Neighbour): void {
    const { card } = neighbour
    for (const other of this.#all) if (other !== neighbour) other.came(card)
  }

  /** One leaves. */
  leave(neighbour: Neighbour): void {
    const all = streets.get(this.#key)
    if (!all?.delete(neighbour)) return
    if (all.size === 0) streets.delete(this.#key)
    const { instance } = neighbour.card
    for (const other of all) other.went(instance)
  }

  get #all(): Iterable<Neighbour> {
    return streets.get(this.#key) ?? []
  }
}
