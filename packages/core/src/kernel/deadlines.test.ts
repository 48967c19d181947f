import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadline, Deadlines } from './deadlines.ts'
import { createVirtualClock } from './virtual-clock.ts'

class Due extends Deadline {
  readonly #run: () => void
  constructor(run: () => void) {
    super()
    this.#run = run
  }
  override expire(): void {
    this.#run()
  }
}

describe('deadlines', () => {
  it('run once each, never early and at most a slice late', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 40 }), async delays => {
        const clock = createVirtualClock(7)
        const deadlines = new Deadlines(clock, 16)
        const late: number[] = []
        for (const delay of delays) {
          const at = clock.elapsed() + delay
          deadlines.add(new Due(() => late.push(clock.elapsed() - at)), at)
        }
        await clock.advance(600)
        expect(late).toHaveLength(delays.length)
        expect(late.every(ms => ms >= 0 && ms <= 16)).toBe(true)
        expect(deadlines.size).toBe(0)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 30 },
    )
  })

  it('share a timer within a slice', () => {
    const clock = createVirtualClock(0)
    const deadlines = new Deadlines(clock, 16)
    for (let i = 0; i < 1_000; i++) deadlines.add(new Due(() => {}), 5)
    expect(deadlines.size).toBe(1_000)
    expect(clock.pending).toBe(1)
  })

  it('do not run once withdrawn, and bear a second withdrawal', async () => {
    const clock = createVirtualClock(0)
    const deadlines = new Deadlines(clock)
    const ran: string[] = []
    const all = ['a', 'b', 'c', 'd'].map(name => new Due(() => ran.push(name)))
    for (const due of all) deadlines.add(due, 10)
    for (const due of [all[1], all[3], all[1]]) deadlines.withdraw(due as Due)
    expect(deadlines.size).toBe(2)
    await clock.advance(100)
    expect(ran.sort()).toEqual(['a', 'c'])
    deadlines.withdraw(all[0] as Due)
  })

  it('that one withdraws as it runs do not run after it', async () => {
    const clock = createVirtualClock(0)
    const deadlines = new Deadlines(clock)
    let ran = 0
    const pair: Due[] = [0, 1].map(
      i =>
        new Due(() => {
          ran++
          deadlines.withdraw(pair[1 - i] as Due)
        }),
    )
    for (const due of pair) deadlines.add(due, 10)
    await clock.advance(100)
    expect(ran).toBe(1)
  })

  it('can be set again as they run', async () => {
    const clock = createVirtualClock(0)
    const deadlines = new Deadlines(clock, 16)
    const ran: number[] = []
    const due: Due = new Due(() => {
      ran.push(clock.elapsed())
      if (ran.length < 3) deadlines.add(due, clock.elapsed())
    })
    deadlines.add(due, 0)
    await clock.advance(100)
    const [first = 0] = ran
    expect(ran).toEqual([first, first + 16, first + 32])
  })

  it('that are long past run with the next timer', async () => {
    const clock = createVirtualClock(1_000_000)
    const deadlines = new Deadlines(clock)
    let ran = false
    deadlines.add(
      new Due(() => {
        ran = true
      }),
      0,
    )
    await clock.advance(0)
    expect(ran).toBe(true)
  })

  it('are all forgotten by clear(), timers included', async () => {
    const clock = createVirtualClock(0)
    const deadlines = new Deadlines(clock)
    for (let at = 0; at < 200; at += 10) deadlines.add(new Due(() => expect.unreachable()), at)
    deadlines.clear()
    expect(deadlines.size).toBe(0)
    expect(clock.pending).toBe(0)
    await clock.advance(1_000)
  })
})
