import { createSeededRandom } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { drawFaults, type FaultSource } from './draw-faults.ts'
import { faultKinds } from './fault.ts'

const draw = (seed: number, given: Partial<FaultSource> = {}) =>
  drawFaults({
    ...{ random: createSeededRandom(seed), kinds: faultKinds, count: 20, fromMs: 1_000, untilMs: 9_000, maxMs: 3_000 },
    ...{ hosts: ['a', 'b', 'c', 'd'], servers: ['broker'] },
    ...given,
  })

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  it('has as many as are wanted, in order, all within their time', () => {
    const faults = draw(3)
    expect(faults).toHaveLength(20)
    expect(faults).toEqual(faults.toSorted((one, other) => one.at - other.at))
    for (const { at, endsAt } of faults) {
      expect(at).toBeGreaterThanOrEqual(1_000)
      expect(endsAt).toBeLessThanOrEqual(9_000)
      expect(endsAt).toBeGreaterThanOrEqual(at)
    }
  })

  it('strikes servers with what strikes servers, one process with what ends it, and at most half of all with the rest', () => {
    const faults = Array.from({ length: 50 }, (_, seed) => draw(seed)).flat()
    expect(new Set(faults.map(({ kind }) => kind)).size).toBe(faultKinds.length)
    for (const { kind, hosts } of faults) {
      if (kind.startsWith('broker')) expect(hosts).toEqual(['broker'])
      else if (['crash', 'power-loss', 'restart', 'clock-jump'].includes(kind)) expect(hosts).toHaveLength(1)
      else expect(hosts.length).toBeLessThanOrEqual(2)
      expect(new Set(hosts).size).toBe(hosts.length)
    }
  })

  it('has none that strike servers where there are none, and no others than are wanted', () => {
    const kinds = draw(4, { servers: [] }).map(({ kind }) => kind)
    expect(kinds.some(kind => kind.startsWith('broker'))).toBe(false)
    expect(new Set(draw(5, { kinds: ['cut'] }).map(({ kind }) => kind))).toEqual(new Set(['cut']))
    expect(draw(6, { kinds: ['broker-crash'], servers: [] })).toEqual([])
  })
})
