import assert from 'node:assert/strict'
import { createVirtualClock } from '@sm/core/testing'
import { describe, it } from 'vitest'
import { Pulse } from './pulse.ts'

describe('a pulse', () => {
  it('asks who is silent, and gives up who does not answer', async () => {
    const clock = createVirtualClock()
    const told: string[] = []
    const pulse = new Pulse({
      clock,
      heartbeatMs: 10,
      deadAfterMs: 30,
      ping: () => told.push('ping'),
      dead: () => told.push('dead'),
    })
    pulse.heard()
    await clock.advance(10)
    assert.deepEqual(told, [], 'It asks who has just been heard')
    await clock.advance(10)
    assert.deepEqual(told, ['ping'])
    pulse.heard()
    await clock.advance(20)
    assert.deepEqual(told, ['ping', 'ping'])
    await clock.advance(20)
    assert.deepEqual(told, ['ping', 'ping', 'ping', 'dead'])
    await clock.advance(100)
    assert.equal(told.length, 4, 'It goes on after the end')
  })

  it('stops', async () => {
    const clock = createVirtualClock()
    const never = () => assert.fail('It goes on')
    new Pulse({ clock, heartbeatMs: 10, deadAfterMs: 20, ping: never, dead: never }).stop()
    await clock.advance(100)
  })
})
