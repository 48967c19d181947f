import { evenHash } from '../kernel/index.ts'
import type { Way } from './ways.ts'
import type { Wire } from './wire.ts'

/** Whose turn it is: the number of a message, or its ordering key. */
export type Turn = number | string

/**
 * The wires of a way in the order in which one message tries them. Numbers go round. A key stays with its wire, and when that
 * fails only its own keys go elsewhere.
 */
export function inTurn({ wires, plan: { active } }: Way, turn: Turn): readonly Wire[] {
  const sharing = wires.slice(0, active)
  const reserve = wires.slice(active)
  if (typeof turn === 'string') {
    const weights = new Map(sharing.map(wire => [wire, evenHash(`${wire.name} ${turn}`)]))
    sharing.sort((a, b) => (weights.get(b) as number) - (weights.get(a) as number))
    return [...sharing, ...reserve]
  }
  const place = turn % active
  return [...sharing.slice(place), ...sharing.slice(0, place), ...reserve]
}
