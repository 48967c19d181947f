import assert from 'node:assert/strict'
import { createVirtualClock } from '@sm/core/testing'
import { describe, it } from 'vitest'
import { Turnstile } from './turnstile.ts'

describe('a turnstile', () => {
  it('lets a hundred through at once and two hundred a second after that, in their order', async () => {
    const clock = createVirtualClock()
    const turnstile = new Turnstile(clock)
    const passed: number[] = []
    for (let i = 0; i < 1_000; i++) void turnstile.turn().then(() => passed.push(i))
    await clock.advance(0)
    assert.equal(passed.length, 100)
    await clock.advance(1_000)
    assert.equal(passed.length, 300)
    await clock.advance(10_000)
    assert.deepEqual(
      passed,
      Array.from({ length: 1_000 }, (_, i) => i),
    )
    assert.equal(clock.pending, 0)
  })

  it('lets everybody go when it is closed', async () => {
    const clock = createVirtualClock()
    const turnstile = new Turnstile(clock)
    const turns = Array.from({ length: 500 }, () => turnstile.turn())
    turnstile.close()
    await Promise.all(turns)
    assert.equal(clock.pending, 0)
  })
})
