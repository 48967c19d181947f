import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { EventLoop } from './event-loop.ts'

const make = (maxEvents = 1_000_000) => new EventLoop({ startMs: 5_000, maxEvents })

describe('the time of a run', () => {
  it('goes from timer to timer, in the order in which they are due and were set', async () => {
    const loop = make()
    const seen: string[] = []
    const note = (text: string) => () => seen.push(`${text} ${loop.elapsed()} ${loop.now()}`)
    loop.schedule(note('c'), 20)
    loop.schedule(note('a'), 10)
    loop.schedule(note('b'), 10)
    loop.schedule(note('late'), 31)
    const cancel = loop.schedule(note('cancelled'), 15)
    cancel()
    await loop.runUntil(30)
    expect(seen).toEqual(['a 10 5010', 'b 10 5010', 'c 20 5020'])
    expect([loop.elapsed(), loop.events]).toEqual([30, 3])
  })

  it('stands still while promises and ticks have something to do, and what they ask for has a turn of the real event loop', async () => {
    const loop = make()
    const seen: string[] = []
    loop.schedule(async () => {
      const turn = new Promise<void>(resolve => setImmediate(resolve))
      for (let i = 0; i < 50; i++) await Promise.resolve()
      await new Promise<void>(resolve => process.nextTick(resolve))
      await turn
      seen.push(`settled at ${loop.elapsed()}`)
      loop.schedule(() => seen.push(`follows at ${loop.elapsed()}`), 1)
    }, 10)
    loop.schedule(() => seen.push(`later at ${loop.elapsed()}`), 12)
    await loop.runUntil(20)
    expect(seen).toEqual(['settled at 10', 'follows at 11', 'later at 12'])
  })

  it('is in whole milliseconds, and a timer is never early', async () => {
    const loop = make()
    const seen: number[] = []
    for (const delayMs of [0.2, 1, 1.0001, -5]) loop.schedule(() => seen.push(loop.elapsed()), delayMs)
    await loop.runUntil(5)
    expect(seen).toEqual([0, 1, 1, 2])
  })

  it('runs each timer in the scope in which it was set, and what that enters ends with it', async () => {
    const loop = make()
    const scope = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    scope.run('set within', () => loop.schedule(() => seen.push(scope.getStore()), 2))
    loop.schedule(() => scope.enterWith('left behind'), 1)
    loop.schedule(() => seen.push(scope.getStore()), 3)
    await loop.runUntil(5)
    expect(seen).toEqual(['set within', undefined])
    expect(scope.getStore()).toBeUndefined()
  })

  it('runs many timers in order', async () => {
    const loop = make()
    const seen: number[] = []
    for (let i = 0; i < 500; i++) loop.schedule(() => seen.push(loop.elapsed()), (i * 7_919) % 501)
    await loop.runUntil(1_000)
    expect(seen).toHaveLength(500)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})

describe('a run that does not end', () => {
  const again = (loop: EventLoop, delayMs: number) => {
    const turn = () => void loop.schedule(turn, delayMs)
    turn()
  }

  it('is ended where time stands still', async () => {
    const loop = make()
    again(loop, 0)
    await expect(loop.runUntil(10)).rejects.toMatchObject({ code: 'SM_SIMULATION_ENDLESS' })
  })

  it('is ended where too much happens', async () => {
    const loop = make(100)
    again(loop, 1)
    await expect(loop.runUntil(1_000)).rejects.toThrow('100 timers have run (maxEvents)')
  })
})
