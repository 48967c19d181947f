import { describe, expect, it } from 'vitest'
import { createVirtualClock } from './virtual-clock.ts'

describe('the virtual clock', () => {
  it('stands still until it is told to advance', async () => {
    const clock = createVirtualClock(1_000)
    expect(clock.now()).toBe(1_000)
    await clock.advance(250)
    expect(clock.now()).toBe(1_250)
  })

  it('starts at the beginning of 2026', () => {
    expect(createVirtualClock().now()).toBe(Date.UTC(2026, 0, 1))
  })

  it('runs timers at their moment, in order of time and then of their making', async () => {
    const clock = createVirtualClock(0)
    const ran: string[] = []
    for (const [name, delay] of [
      ['late', 20],
      ['first', 10],
      ['second', 10],
      ['now', 0],
    ] as const) {
      clock.schedule(() => ran.push(`${name}@${clock.now()}`), delay)
    }
    await clock.advance(15)
    expect(ran).toEqual(['now@0', 'first@10', 'second@10'])
    await clock.advance(5)
    expect(ran).toEqual(['now@0', 'first@10', 'second@10', 'late@20'])
  })

  it('runs timers that timers make, within the same advance', async () => {
    const clock = createVirtualClock(0)
    const ran: number[] = []
    const tick = () => {
      ran.push(clock.now())
      clock.schedule(tick, 10)
    }
    clock.schedule(tick, 10)
    await clock.advance(35)
    expect(ran).toEqual([10, 20, 30])
    expect(clock.pending).toBe(1)
  })

  it('lets promises settle between timers', async () => {
    const clock = createVirtualClock(0)
    const ran: string[] = []
    clock.schedule(() => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => ran.push('promise of the first'))
    }, 10)
    clock.schedule(() => ran.push('second'), 10)
    await clock.advance(10)
    expect(ran).toEqual(['promise of the first', 'second'])
  })

  it('forgets a timer that is cancelled, and bears a second cancel', async () => {
    const clock = createVirtualClock(0)
    const cancel = clock.schedule(() => expect.unreachable(), 10)
    cancel()
    cancel()
    await clock.advance(20)
    expect(clock.pending).toBe(0)
  })

  it('takes a delay below 0 for none', async () => {
    const clock = createVirtualClock(100)
    let at = 0
    clock.schedule(() => {
      at = clock.now()
    }, -50)
    await clock.advance(0)
    expect(at).toBe(100)
  })
})
