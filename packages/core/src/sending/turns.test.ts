import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inTurn, type Turn } from './turns.ts'
import type { Way } from './ways.ts'

/** Only what turns look at: names in the order of the plan, of which the first are shared. */
function order(names: readonly string[], active: number, turn: Turn): readonly string[] {
  const way = { wires: names.map(name => ({ name })), plan: { active } } as unknown as Way
  return inTurn(way, turn).map(({ name }) => name)
}

const three = ['redis', 'nats', 'amqp']

it('goes round, and those in reserve stay behind', () => {
  const first = [0, 1, 2, 3].map(turn => order([...three, 'lanet'], 3, turn))
  expect(first.map(([name]) => name)).toEqual(['redis', 'nats', 'amqp', 'redis'])
  expect(first.every(names => names[3] === 'lanet')).toBe(true)
})

it('names every wire once, whatever the turn', () => {
  const turn = fc.oneof(fc.nat(), fc.string())
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 6 }), fc.nat(6), turn, (names, active, whose) => {
      expect(order(names, Math.min(active, names.length), whose).toSorted()).toEqual(names.toSorted())
    }),
  )
})

it('a key has one wire, wherever that stands on the ladder', () => {
  fc.assert(
    fc.property(fc.string(), key => {
      expect(order(three, 3, key)).toEqual(order(three.toReversed(), 3, key))
    }),
  )
})

it('only the keys of a wire that fails go elsewhere', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...three), (key, lost) => {
      const [before] = order(three, 3, key)
      const rest = three.filter(name => name !== lost)
      const [after] = order([...rest, lost], 2, key)
      expect(after).toBe(before === lost ? order(three, 3, key)[1] : before)
    }),
  )
})

it('keys that count up are shared evenly', () => {
  const counts: Record<string, number> = {}
  for (let n = 0; n < 9_000; n++) {
    const [name] = order(three, 3, `order-${n}`) as [string]
    counts[name] = (counts[name] ?? 0) + 1
  }
  for (const count of Object.values(counts)) expect(Math.abs(count - 3_000)).toBeLessThan(300)
})
