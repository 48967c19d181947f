import type { Unlisten } from '../kernel/index.ts'
import { formatAgentRef, type InboxAddress } from '../message/index.ts'
import type { KnownInstance } from './known-instance.ts'
import { Receivers } from './receivers.ts'
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

  /** The instances of an address that are known. */
  receivers(address: InboxAddress): Receivers {
    return new Receivers(this.#of(address))
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

  #of({ agent, instance }: InboxAddress): readonly KnownInstance[] {
    const known = this.#roster.of(agent)
    return instance === undefined ? known : known.filter(each => each.instance === instance)
  }
}
