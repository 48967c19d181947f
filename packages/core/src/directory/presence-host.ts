import type { SmError } from '../errors/index.ts'
import type { Clock, Ids, Random } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import type { Card } from './card.ts'
import type { Load, PresenceMessage } from './presence-message.ts'
import type { Roster } from './roster.ts'

/** The agent for which a presence speaks. */
export interface PresenceHost {
  readonly self: { readonly agent: string; readonly instance: string }
  readonly namespace: string
  readonly roster: Roster
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly card: () => Card
  readonly load: () => Load
  /** The next number of what this instance says. */
  readonly seq: () => number
  readonly frame: (type: string, message: PresenceMessage) => Frame
  /** A transport has lost its wire, or has it back. */
  readonly stateChanged: () => void
  /** Somebody speaks in the name of this instance, with this number. */
  readonly impersonated: (seq: number) => void
  readonly fault: (transport: string, error: SmError) => void
}
