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
    const weights = new Map(sharing.map(wire => [wire, weight(wire.name, turn)]))
    sharing.sort((a, b) => (weights.get(b) as number) - (weights.get(a) as number))
    return [...sharing, ...reserve]
  }
  const place = turn % active
  return [...sharing.slice(place), ...sharing.slice(0, place), ...reserve]
}

/** An even number from a name and a key, the same in every process: FNV-1a, with the end of MurmurHash3. */
function weight(name: string, key: string): number {
  let hash = 0x811c9dc5
  for (const char of `${name} ${key}`) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
