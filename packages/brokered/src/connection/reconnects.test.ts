import { createVirtualClock } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { Reconnects } from './reconnects.ts'

const settings = { reconnect: { initialMs: 100, maxMs: 1_600 }, deadAfterMs: 5_000 }

/** How long the next wait takes, in virtual time, to a step of 10 ms. */
async function waitOf(reconnects: Reconnects, clock: ReturnType<typeof createVirtualClock>): Promise<number> {
  const from = clock.elapsed()
  let isOver = false
  void reconnects.pause(new AbortController().signal).then(() => {
    isOver = true
  })
  while (!isOver) await clock.advance(10)
  return clock.elapsed() - from
}

describe('the waits between tries to connect', () => {
  it('grow while connections end at once, and begin anew after one that has lasted', async () => {
    const clock = createVirtualClock()
    // The longest that chance allows.
    const random = { uint32: () => 0 }
    const reconnects = new Reconnects({ clock, random, settings })
    const waits: number[] = []
    for (let i = 0; i < 6; i++) {
      waits.push(await waitOf(reconnects, clock))
      // It is taken, and dropped again: that promises nothing.
      reconnects.opened()
      await clock.advance(100)
      reconnects.lost()
    }
    for (const [i, wait] of waits.entries()) if (i > 0) expect(wait).toBeGreaterThanOrEqual(waits[i - 1] as number)
    expect(waits.at(-1)).toBeGreaterThan(800)
    reconnects.opened()
    await clock.advance(5_100)
    reconnects.lost()
    expect(await waitOf(reconnects, clock)).toBeLessThanOrEqual(110)
  })

  it('end with the reason of the signal', async () => {
    const clock = createVirtualClock()
    const reconnects = new Reconnects({ clock, random: { uint32: () => 0 }, settings })
    const reason = new Error('stopped')
    await expect(reconnects.pause(AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
