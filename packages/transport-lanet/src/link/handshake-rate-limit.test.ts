import assert from 'node:assert/strict'
import { createVirtualClock } from '@sm/core/testing'
import { describe, it } from 'vitest'
import { HandshakeRateLimit } from './handshake-rate-limit.ts'

describe('a rate limit', () => {
  it('lets a hundred through at once and two hundred a second after that, in their order', async () => {
    const clock = createVirtualClock()
    const rateLimit = new HandshakeRateLimit(clock)
    const passed: number[] = []
    for (let i = 0; i < 1_000; i++) void rateLimit.turn().then(() => passed.push(i))
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
    const rateLimit = new HandshakeRateLimit(clock)
    const turns = Array.from({ length: 500 }, () => rateLimit.turn())
    rateLimit.close()
    await Promise.all(turns)
    assert.equal(clock.pending, 0)
  })
})
