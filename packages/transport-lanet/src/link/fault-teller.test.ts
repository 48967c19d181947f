import assert from 'node:assert/strict'
import { createVirtualClock } from '@sm/core/testing'
import { describe, it } from 'vitest'
import { FaultTeller } from './fault-teller.ts'

describe('a teller of faults', () => {
  it('counts all of them, and tells one of each code a second', async () => {
    const clock = createVirtualClock()
    const told: unknown[] = []
    const faults = new FaultTeller(clock, error => told.push(error))
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 100; i++) {
        faults.fault('A', () => `A${second}.${i}`)
        faults.fault('B', () => `B${second}.${i}`)
      }
      await clock.advance(1_000)
    }
    assert.equal(faults.count, 600)
    assert.deepEqual(told, ['A0.0', 'B0.0', 'A1.0', 'B1.0', 'A2.0', 'B2.0'])
  })
})
