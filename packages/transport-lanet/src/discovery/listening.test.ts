import { createVirtualClock, type VirtualClock } from '@sm/core/testing'
import { describe, expect, it } from 'vitest'
import { Listening } from './listening.ts'

/** Goes on by so many milliseconds, and lets what waits for a turn of the loop go on. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let i = 0; i < ms; i++) {
    await clock.advance(1)
    await new Promise(setImmediate)
  }
}

function listen(mostMs = 150) {
  const clock = createVirtualClock()
  const startedAt = clock.elapsed()
  const listening = new Listening(clock, mostMs)
  const state = { endedAt: undefined as number | undefined }
  void listening.run().then(() => {
    state.endedAt = clock.elapsed() - startedAt
  })
  return { clock, listening, state }
}

describe('listening for those who are there', () => {
  it('takes as long as it may where nobody is heard', async () => {
    const { clock, state } = listen()
    await pass(clock, 149)
    expect(state.endedAt).toBeUndefined()
    await pass(clock, 2)
    expect(state.endedAt).toBe(150)
  })

  it('ends when nobody new has been heard for a while', async () => {
    const { clock, listening, state } = listen()
    await pass(clock, 5)
    listening.heard('a')
    await pass(clock, 20)
    listening.heard('b')
    listening.heard('a')
    await pass(clock, 29)
    expect(state.endedAt).toBeUndefined()
    listening.heard('b')
    await pass(clock, 2)
    expect(state.endedAt).toBe(55)
  })

  it('lasts longer where the first answer took long', async () => {
    const { clock, listening, state } = listen()
    await pass(clock, 20)
    listening.heard('a')
    await pass(clock, 39)
    expect(state.endedAt).toBeUndefined()
    await pass(clock, 2)
    expect(state.endedAt).toBe(60)
  })

  it('takes no longer than it may, however many are heard', async () => {
    const { clock, listening, state } = listen(100)
    for (let i = 0; i < 20; i++) {
      listening.heard(`${i}`)
      await pass(clock, 6)
    }
    expect(state.endedAt).toBe(100)
  })

  it('ends at once when it is closed', async () => {
    const { clock, listening, state } = listen()
    await pass(clock, 10)
    listening.end()
    await pass(clock, 1)
    expect(state.endedAt).toBe(10)
  })
})
