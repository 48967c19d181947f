import type { Unlisten } from '../kernel/index.ts'
import { formatAgentRef, type InboxAddress, type Place } from '../message/index.ts'
import type { KnownInstance } from './known-instance.ts'
import { placeOf } from './place.ts'
import type { Roster } from './roster.ts'

/** What is known of the receivers of messages, for those who choose their ways. */
export class Audience {
  readonly #roster: Roster

  constructor(roster: Roster) {
    this.#roster = roster
  }

  /** Has `listener` called when who can be reached by what may have changed. */
  on(name: 'reach', listener: () => void): Unlisten {
    return this.#roster.on(name, listener)
  }

  /** How long a word lately took to the broker of a transport and back, in milliseconds, where that was measured. */
  roundTripMs(wire: string): number | undefined {
    return this.#roster.roundTripMs(wire)
  }

  /** Whether everyone who is on a transport is known. Never where presence is off. */
  isComplete(wire: string): boolean {
    return this.#roster.isComplete(wire)
  }

  /** The transports by which instances can be reached, each combination once. */
  get wireSets(): readonly (readonly string[])[] {
    return this.#roster.wireSets
  }

  /** Resolves once something holds that depends on who can be reached. Rejects with the reason of the signal. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (holds()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const unlisten = this.on('reach', () => holds() && resolve())
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      unlisten()
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Instances that are known to be on one transport and not on another, as text. */
  onlyOn(wire: string, other: string): readonly string[] {
    return Array.from(this.#roster.all())
      .filter(({ liveWires }) => liveWires.includes(wire) && !liveWires.includes(other))
      .map(formatAgentRef)
  }

  /** The instances of an address that are known to be on a transport, as text. */
  instancesOn(wire: string, address: InboxAddress): readonly string[] {
    return this.#of(address)
      .filter(({ liveWires }) => liveWires.includes(wire))
      .map(formatAgentRef)
  }

  /** When an instance of an address was heard last on a transport, by `Clock.elapsed`. */
  heardAt(wire: string, address: InboxAddress): number | undefined {
    const times = this.#of(address).map(({ evidence }) => evidence.get(wire)?.at ?? Number.NEGATIVE_INFINITY)
    const latest = Math.max(...times)
    return Number.isFinite(latest) ? latest : undefined
  }

  /** Whether somebody is known who takes what is addressed there. */
  takes(address: InboxAddress): boolean {
    return this.#of(address).some(({ card }) => card !== undefined && card.inbox !== 'none')
  }

  /**
   * Whether whoever gets a message of an agent twice is sure to notice: all instances that are known remember what they have handled
   * in one store that has a name. That only one is known says nothing: others may be beyond a cut. `wires`: by which it could come.
   */
  isRepeatNoticed({ agent, instance }: InboxAddress, wires: readonly string[]): boolean {
    // One instance remembers what it has handled, whichever wire brings it.
    if (instance !== undefined) return true
    if (!wires.every(wire => this.isComplete(wire))) return false
    const known = this.#roster.of(agent)
    const store = known[0]?.card?.store
    return store !== undefined && known.every(({ card }) => card?.store === store)
  }

  /** How near the nearest receiver on a transport is, where that is known. `isLocal`: it reaches no further than the LAN. */
  placeOn(wire: string, address: InboxAddress, isLocal: boolean): Place | undefined {
    const there = this.#of(address).filter(({ liveWires }) => liveWires.includes(wire))
    const places = there.map(placeOf)
    if (places.includes('process')) return 'sameProcess'
    if (places.includes('machine')) return 'sameMachine'
    return isLocal && there.some(({ evidence }) => evidence.get(wire)?.kind === 'subscribed') ? 'sameLan' : undefined
  }

  #of({ agent, instance }: InboxAddress): readonly KnownInstance[] {
    const known = this.#roster.of(agent)
    return instance === undefined ? known : known.filter(each => each.instance === instance)
  }
}
