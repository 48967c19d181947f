import type { Agent, DirectoryEntry } from '@sm/core'
import type { SightingRecord } from '../history/history.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Endpoint } from '../network/endpoint.ts'

/** Writes down whom the directory of an agent names, where it is heard and from when to when. */
export class DirectoryRecorder {
  readonly #agent: Agent
  readonly #recorder: Recorder
  readonly #endpoint: Endpoint
  /** What the directory says now: by instance, the wires. */
  readonly #open = new Map<string, Map<string, SightingRecord>>()

  constructor(agent: Agent, recorder: Recorder, endpoint: Endpoint) {
    this.#agent = agent
    this.#recorder = recorder
    this.#endpoint = endpoint
  }

  /** Follows the directory, until its process ends. */
  async follow(): Promise<void> {
    const changes = this.#agent.directory.watch()
    this.look()
    for await (const { change, entry } of changes) {
      if (!this.#endpoint.isAlive) return
      this.#sees(entry.instance, change === 'left' ? [] : wiresOf(entry))
    }
  }

  /** Holds what was written down against the whole directory. */
  look(): void {
    const entries = this.#agent.directory.list().filter(({ isSelf }) => !isSelf)
    const named = new Map(entries.map(entry => [entry.instance, wiresOf(entry)]))
    for (const instance of new Set([...this.#open.keys(), ...named.keys()])) {
      this.#sees(instance, named.get(instance) ?? [])
    }
  }

  #sees(instance: string, wires: readonly string[]): void {
    const open = this.#open.get(instance) ?? new Map<string, SightingRecord>()
    this.#open.set(instance, open)
    for (const [wire, sighting] of open) {
      if (wires.includes(wire)) continue
      this.#recorder.lostSight(sighting)
      open.delete(wire)
    }
    for (const wire of wires) {
      if (!open.has(wire)) open.set(wire, this.#recorder.sighted({ by: this.#agent.instance, instance, wire }))
    }
    if (open.size === 0) this.#open.delete(instance)
  }
}

/** The wires on which an instance is heard, once its card is known: what it takes is known by that alone. */
function wiresOf({ inbox, wires }: DirectoryEntry): readonly string[] {
  if (inbox === undefined) return []
  return Object.entries(wires).flatMap(([wire, { evidence }]) => (evidence === 'silent' ? [] : [wire]))
}
