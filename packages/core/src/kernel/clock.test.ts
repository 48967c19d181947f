import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleep, systemClock } from './clock.ts'
import { createVirtualClock } from './virtual-clock.ts'

describe('sleep', () => {
  it('resolves after its time, and not before', async () => {
    const clock = createVirtualClock()
    let awake = false
    void sleep(clock, 100).then(() => {
      awake = true
    })
    await clock.advance(99)
    expect(awake).toBe(false)
    await clock.advance(1)
    expect(awake).toBe(true)
  })

  it('rejects with the reason of its signal and leaves no timer', async () => {
    const clock = createVirtualClock()
    const controller = new AbortController()
    const sleeping = sleep(clock, 100, controller.signal)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    expect(clock.pending).toBe(0)
  })

  it('does not begin under a signal that is aborted', async () => {
    const clock = createVirtualClock()
    await expect(sleep(clock, 100, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
    expect(clock.pending).toBe(0)
  })

  it('leaves no listener on its signal when it is over', async () => {
    const clock = createVirtualClock()
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const sleeping = sleep(clock, 10, signal)
    await clock.advance(10)
    await sleeping
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener))
  })
})

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('runs a callback once its delay is over', () => {
    const callback = vi.fn()
    systemClock.schedule(callback, 100)
    vi.advanceTimersByTime(99)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(callback).toHaveBeenCalledOnce()
  })

  it('waits as long as it is told, even if that is longer than one timer can', () => {
    const sixtyDays = 60 * 86_400_000
    const callback = vi.fn()
    systemClock.schedule(callback, sixtyDays)
    vi.advanceTimersByTime(sixtyDays - 1)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(callback).toHaveBeenCalledOnce()
  })

  it('runs nothing that was cancelled, also late in a long wait', () => {
    const callback = vi.fn()
    const cancel = systemClock.schedule(callback, 60 * 86_400_000)
    vi.advanceTimersByTime(50 * 86_400_000)
    cancel()
    vi.advanceTimersByTime(20 * 86_400_000)
    expect(callback).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
