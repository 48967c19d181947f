import { formatAgentRef, type Place } from '../message/index.ts'
import type { KnownInstance } from './known-instance.ts'
import { placeOf } from './place.ts'

/** The instances that are known of one address, looked up once for all transports of a plan. */
export class Receivers {
  readonly #known: readonly KnownInstance[]

  constructor(known: readonly KnownInstance[]) {
    this.#known = known
  }

  /** Those that are known to be on a transport, as text. */
  on(wire: string): readonly string[] {
    return this.#there(wire).map(formatAgentRef)
  }

  /** When one of them was heard last on a transport, by `Clock.elapsed`. */
  heardAt(wire: string): number | undefined {
    let latest: number | undefined
    for (const { evidence } of this.#known) {
      const at = evidence.get(wire)?.at
      if (at !== undefined && (latest === undefined || at > latest)) latest = at
    }
    return latest
  }

  /** How near the nearest one on a transport is, where that is known. `isLocal`: it reaches no further than the LAN. */
  placeOn(wire: string, isLocal: boolean): Place | undefined {
    let nearest: Place | undefined
    for (const known of this.#there(wire)) {
      const place = placeOf(known)
      if (place === 'process') return 'sameProcess'
      if (place === 'machine') nearest = 'sameMachine'
      else if (isLocal && known.evidence.get(wire)?.kind === 'subscribed') nearest ??= 'sameLan'
    }
    return nearest
  }

  #there(wire: string): readonly KnownInstance[] {
    if (this.#known.length === 0) return this.#known
    return this.#known.filter(({ liveWires }) => liveWires.includes(wire))
  }
}
