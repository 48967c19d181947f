import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BackoffOptions, backoffCeilingMs, backoffMs, defaultBackoff } from './backoff.ts'
import { createSeededRandom } from './random.ts'

const options = fc
  .record({
    initialMs: fc.integer({ min: 1, max: 10_000 }),
    maxMs: fc.integer({ min: 1, max: 100_000 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((given): BackoffOptions => given)

describe('backoff', () => {
  it('stays between the ceiling and what jitter leaves of it, at every try', () => {
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 2_000 }), fc.integer(), (given, attempt, seed) => {
        const ceiling = backoffCeilingMs(given, attempt)
        const wait = backoffMs(given, attempt, createSeededRandom(seed))
        expect(Number.isInteger(wait)).toBe(true)
        expect(ceiling).toBeLessThanOrEqual(given.maxMs)
        expect(wait).toBeLessThanOrEqual(Math.round(ceiling))
        expect(wait).toBeGreaterThanOrEqual(Math.floor(ceiling * (1 - given.jitter)))
      }),
    )
  })

  it('doubles from a tenth of a second to half a minute by default', () => {
    const ceilings = [1, 2, 3, 9, 10, 5_000].map(attempt => backoffCeilingMs(defaultBackoff, attempt))
    expect(ceilings).toEqual([100, 200, 400, 25_600, 30_000, 30_000])
  })

  it('leaves nothing to chance without jitter', () => {
    const waits = [1, 2, 3].map(attempt => backoffMs({ ...defaultBackoff, jitter: 0 }, attempt, createSeededRandom(3)))
    expect(waits).toEqual([100, 200, 400])
  })

  it('spreads those who wait', () => {
    const random = createSeededRandom(5)
    const waits = new Set(Array.from({ length: 100 }, () => backoffMs(defaultBackoff, 10, random)))
    expect(waits.size).toBeGreaterThan(90)
  })
})
