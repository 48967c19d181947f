import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import { createVirtualClock, sleep } from '../../kernel/index.ts'
import type { Job } from '../job.ts'
import { concurrency } from './concurrency.ts'
import { Gate } from './gate.ts'

describe('the bound on running handlers', () => {
  it('is never passed, is used in full, and keeps the order of those who wait', async () => {
    const durations = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), durations, async (limit, times) => {
        const clock = createVirtualClock()
        let running = 0
        let most = 0
        const begun: number[] = []
        const step = concurrency(
          limit,
          new Gate(),
        )(async job => {
          begun.push((job.frame.body.value() as { i: number }).i)
          most = Math.max(most, ++running)
          await sleep(clock, times[begun.at(-1) as number] as number)
          running -= 1
          return 'handled' as const
        })
        const all = Promise.all(times.map((_, i) => step(testJob({}, { i }))))
        await clock.advance(1_000)
        expect(await all).toEqual(times.map(() => 'handled'))
        expect(most).toBe(Math.min(limit, times.length))
        expect(begun).toEqual(times.map((_, i) => i))
      }),
      { numRuns: 40 },
    )
  })

  it('frees the place of a handler that throws, at once or later', async () => {
    let calls = 0
    const step = concurrency(
      1,
      new Gate(),
    )(() => {
      calls += 1
      if (calls === 1) throw new Error('at once')
      if (calls === 2) return Promise.reject(new Error('later'))
      return 'handled' as const
    })
    expect(() => step(testJob())).toThrow('at once')
    await expect(step(testJob())).rejects.toThrow('later')
    expect(await step(testJob())).toBe('handled')
  })

  it('keeps the place of a handler that outlives its time until it has ended', async () => {
    const stuck = Promise.withResolvers<void>()
    const begun: Job[] = []
    const step = concurrency(
      1,
      new Gate(),
    )(job => {
      begun.push(job)
      if (begun.length > 1) return 'handled' as const
      job.running = stuck.promise
      return Promise.reject(new Error('time is over'))
    })
    const clock = createVirtualClock()
    const first = Promise.resolve(step(testJob())).catch((error: Error) => error.message)
    const second = step(testJob())
    await clock.advance(0)
    expect(await first).toBe('time is over')
    expect(begun).toHaveLength(1)
    stuck.resolve()
    expect(await second).toBe('handled')
  })

  it('costs a handler that returns at once no wait', () => {
    expect(concurrency(1, new Gate())(() => 'handled')(testJob())).toBe('handled')
  })
})
