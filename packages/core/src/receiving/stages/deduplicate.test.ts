import { describe, expect, it } from 'vitest'
import { testJob } from '../../../test/test-job.ts'
import { createMemoryDeduplication, type DeduplicationStore } from '../../deduplication/index.ts'
import { createVirtualClock } from '../../kernel/index.ts'
import type { Job } from '../job.ts'
import { type DeduplicateOptions, deduplicate } from './deduplicate.ts'
import { DispatchFault, type Step } from './stage.ts'

const clock = createVirtualClock()

/** The same store as one that answers over a network. */
function remote(store: DeduplicationStore): DeduplicationStore {
  const later = () => new Promise<void>(resolve => setImmediate(resolve))
  return {
    windowMs: store.windowMs,
    claim: (...args) => later().then(() => store.claim(...args)),
    commit: (...args) => later().then(() => store.commit(...args)),
    reject: (...args) => later().then(() => store.reject(...args)),
    release: (...args) => later().then(() => store.release(...args)),
    settled: (...args) => later().then(() => store.settled(...args)),
  }
}

function setUp(next: Step, options: Partial<DeduplicateOptions> = {}) {
  return deduplicate({
    store: createMemoryDeduplication({ clock }),
    handler: 'billing on order.placed #0',
    always: () => false,
    endOf: (_job, error) =>
      (error as { retryable: boolean }).retryable ? 'release' : { code: 'SM_HANDLER_FAILED', message: 'failed' },
    onFault: (_job, error) => {
      throw error
    },
    ...options,
  })(next)
}

const failure = (retryable: boolean) => Object.assign(new Error('failed'), { retryable })

describe.each([
  ['in this process', (store: DeduplicationStore) => store],
  ['elsewhere', remote],
])('with a store %s', (_where, wrap) => {
  const store = () => wrap(createMemoryDeduplication({ clock }))

  it('of two that come at once one runs; the other waits for it and is a duplicate', async () => {
    const done = Promise.withResolvers<'handled'>()
    let runs = 0
    const step = setUp(
      () => {
        runs += 1
        return done.promise
      },
      { store: store() },
    )
    const outcomes = [step(testJob({ id: 'a' })), step(testJob({ id: 'a' }))]
    await clock.advance(0)
    done.resolve('handled')
    expect(await Promise.all(outcomes)).toEqual(['handled', 'duplicate'])
    expect(runs).toBe(1)
  })

  it('of three that come at once the second runs when the first has failed, and the third waits on', async () => {
    const ends: Array<PromiseWithResolvers<'handled'>> = []
    const step = setUp(
      () => {
        const end = Promise.withResolvers<'handled'>()
        ends.push(end)
        return end.promise
      },
      { store: store() },
    )
    const outcomes = Promise.allSettled([1, 2, 3].map(async () => step(testJob({ id: 'a' }))))
    await clock.advance(0)
    await clock.advance(0)
    expect(ends).toHaveLength(1)
    ends[0]?.reject(failure(true))
    await clock.advance(0)
    await clock.advance(0)
    expect(ends).toHaveLength(2)
    ends[1]?.resolve('handled')
    expect((await outcomes).map(end => (end.status === 'fulfilled' ? end.value : end.status)).sort()).toEqual([
      'duplicate',
      'handled',
      'rejected',
    ])
  })

  it('one that comes again after it was handled is a duplicate', async () => {
    const step = setUp(() => 'handled', { store: store() })
    expect(await step(testJob({ id: 'a' }))).toBe('handled')
    expect(await step(testJob({ id: 'a' }))).toBe('duplicate')
    expect(await step(testJob({ id: 'b' }))).toBe('handled')
  })

  it('one that failed is let through again, whether it failed at once or later', async () => {
    for (const fail of [
      () => {
        throw failure(true)
      },
      () => Promise.reject(failure(true)),
    ]) {
      let runs = 0
      const step = setUp(() => (++runs === 1 ? fail() : 'handled'), { store: store() })
      await expect((async () => step(testJob({ id: 'a' })))()).rejects.toThrow('failed')
      expect(await step(testJob({ id: 'a' }))).toBe('handled')
    }
  })

  it('one that failed for good is given up again, for the same reason, until its transport has confirmed that', async () => {
    let runs = 0
    const step = setUp(
      () => {
        runs += 1
        throw failure(false)
      },
      { store: store() },
    )
    await expect((async () => step(testJob({ id: 'a' })))()).rejects.toThrow('failed')
    for (let redelivery = 0; redelivery < 2; redelivery++) {
      const job = testJob({ id: 'a' })
      expect(await step(job)).toBe('givenUp')
      expect(job.rejection).toEqual({ code: 'SM_HANDLER_FAILED', message: 'failed' })
    }
    expect(runs).toBe(1)
  })

  it('one of a foreign sender is known by its source and its id', async () => {
    const step = setUp(() => 'handled', { store: store() })
    for (const from of ['/till/1', '/till/2']) expect(await step(testJob({ id: '7', from }))).toBe('handled')
    expect(await step(testJob({ id: '7', from: '/till/1' }))).toBe('duplicate')
  })
})

describe('a claim whose handler outlived its time', () => {
  it('is held until the handler has ended, and is then free', async () => {
    const late = Promise.withResolvers<void>()
    const jobs: Job[] = []
    const step = setUp(job => {
      jobs.push(job)
      if (jobs.length > 1) return 'handled'
      job.running = late.promise
      return Promise.reject(failure(true))
    })
    const first = Promise.resolve(step(testJob({ id: 'a' }))).catch(() => 'failed')
    expect(await first).toBe('failed')
    const second = step(testJob({ id: 'a' }))
    await clock.advance(0)
    expect(jobs).toHaveLength(1)
    late.resolve()
    expect(await second).toBe('handled')
  })
})

describe('an at-most-once message', () => {
  it('is not looked up where it can come one way only', () => {
    const step = setUp(() => 'handled')
    const job = () => testJob({ id: 'a', delivery: 'at-most-once' })
    expect([step(job()), step(job())]).toEqual(['handled', 'handled'])
  })

  it('is looked up where it can come by several ways', () => {
    const step = setUp(() => 'handled', { always: () => true })
    const job = () => testJob({ id: 'a', delivery: 'at-most-once' })
    expect([step(job()), step(job())]).toEqual(['handled', 'duplicate'])
  })
})

describe('a store that fails', () => {
  const broken = (part: 'claim' | 'commit' | 'release'): DeduplicationStore => ({
    ...createMemoryDeduplication({ clock }),
    [part]: () => Promise.reject(new Error('the store is down')),
  })

  it('to claim lets nothing through, as a fault that is not the handler’s', async () => {
    let runs = 0
    const next = () => {
      runs += 1
      return 'handled' as const
    }
    const fault = expect.objectContaining({ cause: new Error('the store is down') })
    await expect(setUp(next, { store: broken('claim') })(testJob())).rejects.toEqual(fault)
    const throwing = {
      ...broken('claim'),
      claim: () => {
        throw new Error('the store is down')
      },
    }
    expect(() => setUp(next, { store: throwing })(testJob())).toThrow(DispatchFault)
    expect(runs).toBe(0)
  })

  it('to commit is told, and what was handled stays handled', async () => {
    const faults: unknown[] = []
    const onFault = (_job: Job, error: unknown) => void faults.push(error)
    expect(await setUp(() => 'handled', { store: broken('commit'), onFault })(testJob())).toBe('handled')
    expect(faults).toEqual([new Error('the store is down')])
  })

  it('to release is told, and does not hide why the handler failed', async () => {
    const faults: unknown[] = []
    const onFault = (_job: Job, error: unknown) => void faults.push(error)
    const step = setUp(() => Promise.reject(failure(true)), { store: broken('release'), onFault })
    await expect(step(testJob())).rejects.toThrow('failed')
    await clock.advance(0)
    expect(faults).toEqual([new Error('the store is down')])
  })
})
