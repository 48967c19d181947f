import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createUlids, isUlid } from './ids.ts'
import { createSeededRandom, type Random } from './random.ts'
import { createVirtualClock } from './virtual-clock.ts'

const start = Date.UTC(2026, 0, 1)
const exhausted: Random = { uint32: () => 0xffff_ffff }

/** The time that a ULID was made for, read by the ULID specification. */
function timeOf(ulid: string): number {
  return [...ulid.slice(0, 10)].reduce((ms, char) => ms * 32 + '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.indexOf(char), 0)
}

describe('ULIDs', () => {
  it('have the form of a ULID and begin with the time', () => {
    const id = createUlids(createVirtualClock(start), createSeededRandom(1)).next()
    expect(isUlid(id)).toBe(true)
    expect(timeOf(id)).toBe(start)
  })

  it('grow, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 200 }), (seed, steps) => {
        const ids = createUlids(createVirtualClock(start), createSeededRandom(seed))
        let now = start
        let last = ids.next(now)
        for (const step of steps) {
          now += step
          const id = ids.next(now)
          expect(isUlid(id)).toBe(true)
          expect(id > last).toBe(true)
          last = id
        }
      }),
    )
  })

  it('borrow the next millisecond when one runs out of numbers', () => {
    const ids = createUlids(createVirtualClock(start), exhausted)
    // The counter starts at half of its range: the other half can be counted.
    const half = 1 << 19
    let last = ids.next()
    for (let i = 0; i < half; i++) last = ids.next()
    expect(timeOf(last)).toBe(start)
    const borrowed = ids.next()
    expect(timeOf(borrowed)).toBe(start + 1)
    expect(borrowed > last).toBe(true)
  })

  it('go on counting in the borrowed millisecond when the clock arrives there', () => {
    const ids = createUlids(createVirtualClock(start), exhausted)
    for (let i = 0; i <= (1 << 19) + 1; i++) ids.next(start)
    const borrowed = ids.next(start)
    expect(timeOf(borrowed)).toBe(start + 1)
    expect(ids.next(start + 1) > borrowed).toBe(true)
  })

  it('differ between two makers at the same moment', () => {
    const clock = createVirtualClock(start)
    const [a, b] = [createUlids(clock, createSeededRandom(1)), createUlids(clock, createSeededRandom(2))]
    const made = new Set(Array.from({ length: 1_000 }, () => [a.next(), b.next()]).flat())
    expect(made.size).toBe(2_000)
  })

  it.each([
    ['', 'empty'],
    ['01ARZ3NDEKTSV4RRFFQ69G5FA', 'too short'],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAVV', 'too long'],
    ['81ARZ3NDEKTSV4RRFFQ69G5FAV', 'beyond 48 bits of time'],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAI', 'a letter that is left out'],
    ['01arz3ndektsv4rrffq69g5fav', 'lower case'],
  ])('are told apart from %j (%s)', text => {
    expect(isUlid(text)).toBe(false)
  })
})
