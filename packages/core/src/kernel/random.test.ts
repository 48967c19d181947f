import { describe, expect, it } from 'vitest'
import { createSeededRandom, fraction, type Random, systemRandom } from './random.ts'

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32())

describe('seeded randomness', () => {
  it('repeats for the same seed', () => {
    expect(draw(createSeededRandom(42), 100)).toEqual(draw(createSeededRandom(42), 100))
  })

  it('is the same on every machine and in every release', () => {
    expect(draw(createSeededRandom(1), 3)).toEqual([2693262067, 11749833, 2265367787])
  })

  it('differs for another seed', () => {
    expect(draw(createSeededRandom(1), 10)).not.toEqual(draw(createSeededRandom(2), 10))
  })
})

describe.each([
  ['seeded', createSeededRandom(9)],
  ['system', systemRandom],
] as const)('%s randomness', (_, random) => {
  it('gives integers of 32 bits, spread over the range', () => {
    const drawn = draw(random, 4_096)
    expect(drawn.every(value => Number.isInteger(value) && value >= 0 && value < 2 ** 32)).toBe(true)
    const octants = new Set(drawn.map(value => value >>> 29))
    expect(octants.size).toBe(8)
    expect(new Set(drawn).size).toBeGreaterThan(4_080)
  })

  it('gives fractions from 0 up to, but not including, 1', () => {
    for (let i = 0; i < 1_000; i++) {
      const value = fraction(random)
      expect(value >= 0 && value < 1).toBe(true)
    }
  })
})

it('a fraction never reaches 1', () => {
  expect(fraction({ uint32: () => 0xffff_ffff })).toBeLessThan(1)
  expect(fraction({ uint32: () => 0 })).toBe(0)
})
