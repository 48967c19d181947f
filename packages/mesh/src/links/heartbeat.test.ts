import type { Clock } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { Heartbeat } from './heartbeat.ts'

/** A clock whose timers run when the test says, late if it likes. */
function createLateClock() {
  const state = { now: 0, callback: (): void => undefined }
  const clock: Clock = {
    now: () => state.now,
    elapsed: () => state.now,
    schedule(callback) {
      state.callback = callback
      return () => {
        state.callback = () => undefined
      }
    },
  }
  const beatAt = (now: number) => {
    state.now = now
    state.callback()
  }
  return { clock, beatAt }
}

describe('a heartbeat', () => {
  it('tells of silence once per beat, with its length', () => {
    const { clock, beatAt } = createLateClock()
    const told: number[] = []
    const heartbeat = new Heartbeat(clock, 500, () => expect.unreachable())
    heartbeat.start(
      () => 100,
      silentMs => told.push(silentMs),
    )
    beatAt(100)
    beatAt(200)
    heartbeat.heard()
    beatAt(300)
    expect(told).toEqual([100, 200, 100])
  })

  it('does not take a pause of its own process for the silence of the peer', () => {
    const { clock, beatAt } = createLateClock()
    const told: number[] = []
    const heartbeat = new Heartbeat(clock, 500, () => expect.unreachable())
    heartbeat.start(
      () => 100,
      silentMs => told.push(silentMs),
    )
    beatAt(60_000)
    beatAt(60_100)
    expect(told).toEqual([100, 200])
  })

  it('tells nothing once it has been stopped', () => {
    const { clock, beatAt } = createLateClock()
    const heartbeat = new Heartbeat(clock, 500, () => expect.unreachable())
    heartbeat.start(
      () => 100,
      () => expect.unreachable(),
    )
    heartbeat.stop()
    beatAt(1_000)
  })
})
