import { describe, expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import { createVirtualClock, Deadlines, sleep } from '../../kernel/index.ts'
import type { Job, Outcome } from '../job.ts'
import { timeout } from './timeout.ts'

function setUp(timeoutMs: number, handle: (job: Job, wait: (ms: number) => Promise<void>) => Promise<Outcome>) {
  const clock = createVirtualClock()
  const deadlines = new Deadlines(clock, 1)
  const running = new Set<Job>()
  const step = timeout({ clock, deadlines, timeoutMs, running })(job => handle(job, ms => sleep(clock, ms)))
  return { clock, deadlines, running, step }
}

describe('the time of a handler', () => {
  it('that returns at once costs nothing', () => {
    const clock = createVirtualClock()
    const deadlines = new Deadlines(clock, 1)
    const running = new Set<Job>()
    const job = testJob()
    expect(timeout({ clock, deadlines, timeoutMs: 5, running })(() => 'handled')(job)).toBe('handled')
    expect([deadlines.size, running.size, job.running]).toEqual([0, 0, undefined])
  })

  it('is its own while it lasts, and it counts as running', async () => {
    const { clock, deadlines, running, step } = setUp(100, async (_job, wait) => {
      await wait(99)
      return 'handled'
    })
    const job = testJob()
    const outcome = step(job)
    expect([...running]).toEqual([job])
    await clock.advance(99)
    expect(await outcome).toBe('handled')
    expect([deadlines.size, running.size, job.signal.aborted]).toEqual([0, 0, false])
  })

  it('ends with a coded error and an aborted signal; it runs until it has returned', async () => {
    const { clock, running, step } = setUp(100, async (_job, wait) => {
      await wait(500)
      return 'handled'
    })
    const job = testJob()
    const signal = job.signal
    const failure = Promise.resolve(step(job)).catch(error => error)
    await clock.advance(101)
    const error = await failure
    expect(error).toMatchObject({ code: 'SM_HANDLER_TIMEOUT', retryable: true })
    expect(signal.reason).toBe(error)
    expect(running.size).toBe(1)
    await clock.advance(500)
    expect(running.size).toBe(0)
  })

  it('is no longer than the message has a meaning', async () => {
    const { clock, step } = setUp(10_000, () => new Promise<never>(() => {}))
    const job = testJob({ expiresAt: clock.now() + 50 }, undefined, 1, clock)
    const end = step(job)
    await clock.advance(51)
    expect(await end).toBe('expired')
    expect(job.signal.reason).toMatchObject({ code: 'SM_MESSAGE_EXPIRED' })
  })

  it('may be endless', async () => {
    const { clock, deadlines, step } = setUp(Number.POSITIVE_INFINITY, async (_job, wait) => {
      await wait(10 * 24 * 3_600_000)
      return 'handled'
    })
    const outcome = step(testJob())
    expect(deadlines.size).toBe(0)
    await clock.advance(10 * 24 * 3_600_000)
    expect(await outcome).toBe('handled')
  })

  it('that ended with an error passes the error on and needs no deadline any more', async () => {
    const { deadlines, running, step } = setUp(100, () => Promise.reject(new Error('broken')))
    await expect(step(testJob())).rejects.toThrow('broken')
    expect([deadlines.size, running.size]).toEqual([0, 0])
  })
})

describe('the signal of a job', () => {
  it('is aborted from the start when it is asked for afterwards', () => {
    const job = testJob()
    job.abort(new Error('too late'))
    expect(job.signal.reason).toEqual(new Error('too late'))
  })

  it('keeps its first reason', () => {
    const job = testJob()
    const { signal } = job
    job.abort('first')
    job.abort('second')
    expect(signal.reason).toBe('first')
  })
})
