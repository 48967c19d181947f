import { describe, expect, it } from 'vitest'
import { createSeededRandom, fraction } from '../kernel/random.ts'
import { Quality } from './quality.ts'

const settings = { slowMs: 100, cooldownMs: 1_000 }

describe('the quality of a transport', () => {
  it('is poor once acknowledgements take too long on average, and not for one that does', () => {
    const quality = new Quality(settings)
    for (let n = 0; n < 20; n++) quality.acknowledged(5, n)
    quality.acknowledged(400, 20)
    expect(quality.poor(20)).toBeUndefined()
    for (let n = 21; quality.poor(n) === undefined; n++) quality.acknowledged(400, n)
    expect(quality.poor(30)).toMatch(/^it takes \d+ ms to acknowledge$/)
  })

  it('is poor once too many are refused', () => {
    const quality = new Quality(settings)
    let now = 0
    while (quality.poor(now) === undefined && now < 100) {
      now += 1
      if (now % 3 === 0) quality.refused(now)
      else quality.acknowledged(5, now)
    }
    expect(quality.poor(now)).toMatch(/^it refuses \d+ % of what it gets$/)
  })

  it('is good again after a while, and poor for longer each time that it turns out poor soon', () => {
    const quality = new Quality(settings)
    let now = 0
    const turnPoor = () => {
      const began = now
      while (quality.poor(now) === undefined) quality.acknowledged(400, ++now)
      const length = quality.until - now
      now = quality.until
      return { length, took: now - began }
    }
    expect([turnPoor(), turnPoor(), turnPoor()].map(({ length }) => length)).toEqual([1_000, 2_000, 4_000])
    for (let n = 0; n < 10; n++) turnPoor()
    expect(turnPoor().length).toBe(60_000)
    for (const end = now + 200_000; now < end; now += 1_000) quality.acknowledged(5, now)
    expect(turnPoor().length).toBe(1_000)
  })

  it('of one that is now good and now bad does not go back and forth', () => {
    const random = createSeededRandom(7)
    const quality = new Quality(settings)
    let changes = 0
    let before: string | undefined
    for (let now = 0; now < 600_000; now += 20) {
      const poor = quality.poor(now)
      if ((poor === undefined) !== (before === undefined)) changes += 1
      before = poor
      // While it is poor others are taken, and nothing is measured.
      if (poor === undefined) quality.acknowledged(fraction(random) < 0.5 ? 5 : 350, now)
    }
    // Ten minutes of a wire whose every second message is slow: gone to and left again a dozen times.
    expect(changes).toBeGreaterThan(2)
    expect(changes).toBeLessThan(40)
  })
})
