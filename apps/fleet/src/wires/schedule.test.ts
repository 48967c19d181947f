import { expect, test } from 'vitest'
import { killAgain, killOnce, type WireKill } from './schedule.ts'
import { wiresToKill } from './wire-name.ts'

function first(count: number, kills: Generator<WireKill>): readonly WireKill[] {
  return Array.from({ length: count }, () => kills.next().value as WireKill)
}

test('a wire is killed only where another one is left', () => {
  expect(wiresToKill(['memory', 'named-pipes', 'lanet'])).toEqual(['named-pipes', 'lanet'])
  expect(wiresToKill(['memory', 'named-pipes'])).toEqual([])
  expect(wiresToKill(['lanet', 'lanet'])).toEqual([])
})

test('beside a broker only named pipes are killed', () => {
  expect(wiresToKill(['named-pipes', 'lanet', 'redis://127.0.0.1'])).toEqual(['named-pipes'])
  expect(wiresToKill(['redis', 'nats'])).toEqual([])
})

test('the wire that is preferred is gone for a fifth of a run, from its middle', () => {
  const kill = { wire: 'named-pipes', afterMs: 2_400, goneMs: 2_000 }
  expect(killOnce(['named-pipes', 'lanet'], 10_000, 2_600)).toEqual([kill])
  expect(killOnce([], 10_000, 0)).toEqual([])
})

test('a seed decides which wire is killed when, and other seeds decide otherwise', () => {
  const of = (seed: number) => first(50, killAgain(['named-pipes', 'lanet'], seed))
  expect(of(7)).toEqual(of(7))
  expect(of(7)).not.toEqual(of(8))
  expect(new Set(of(7).map(({ wire }) => wire)).size).toBe(2)
})
