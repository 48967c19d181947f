import { describe, expect, it } from 'vitest'
import { ReadAhead } from './read-ahead.ts'

describe('reading ahead', () => {
  it('grows while handlers are quick, to a bound', () => {
    const ahead = new ReadAhead()
    const seen = [64, 128, 256, 512, 512]
    for (const [i, frames] of seen.entries()) {
      ahead.began(64, 64, i * 100)
      ahead.done(64, 64, i * 100 + 5)
      expect(ahead.frames).toBe(frames)
    }
  })

  it('ends when they are slow', () => {
    const ahead = new ReadAhead()
    ahead.began(64, 64, 0)
    ahead.done(64, 64, 5)
    ahead.began(64, 64, 10)
    ahead.done(10, 64, 20)
    expect(ahead.frames, 'Not done yet').toBe(64)
    ahead.done(64, 64, 500)
    expect(ahead.frames).toBe(0)
  })

  it('is not for few frames, nor for a small prefetch', () => {
    const ahead = new ReadAhead()
    ahead.began(3, 64, 0)
    ahead.done(64, 64, 1)
    ahead.began(8, 8, 2)
    ahead.done(8, 8, 3)
    expect(ahead.frames).toBe(0)
  })
})
