import { describe, expect, it } from 'vitest'
import { wireNames } from '../faults.ts'
import { scheduleOf } from './schedule.ts'

/** The strikes of the first rounds, in their order. */
function strikesOf(seed: number, rounds: number) {
  const { ladder, rounds: all } = scheduleOf(seed)
  return {
    ladder,
    strikes: all
      .take(rounds)
      .toArray()
      .flatMap(({ strikes, last }) => [...strikes, last]),
  }
}

describe('the schedule of a seed', () => {
  it('is the same each time, and another for another seed', () => {
    expect(strikesOf(7, 4)).toEqual(strikesOf(7, 4))
    expect(strikesOf(8, 4)).not.toEqual(strikesOf(7, 4))
  })

  it('has every wire fail once a round, in the order of the ladder, killed and frozen in turn', () => {
    const { ladder, strikes } = strikesOf(7, 2)
    expect([...ladder].sort()).toEqual([...wireNames].sort())
    expect(strikes.map(({ wire }) => wire)).toEqual([...ladder, ...ladder])
    for (const wire of ladder) {
      const faults = strikes.filter(strike => strike.wire === wire).map(({ fault }) => fault)
      expect(faults.sort()).toEqual(['freeze', 'kill'])
    }
  })
})
