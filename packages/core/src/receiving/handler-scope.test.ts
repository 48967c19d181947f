import { describe, expect, it } from 'vitest'
import { testJob } from '../../test/test-job.ts'
import { callingHandler, inHandler } from './handler-scope.ts'
import type { Job } from './job.ts'

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

function setUp() {
  const running = new Set<Job>()
  const caller = () => callingHandler(running)
  /** Calls a handler as the stages do: it runs for as long as its promise is open. */
  const call = (handle: (job: Job) => unknown, job: Job) => {
    const result = inHandler(running, job, handle)
    if (!(result instanceof Promise)) return result
    running.add(job)
    return result.finally(() => running.delete(job))
  }
  return { caller, call }
}

describe('what a handler calls', () => {
  it('is told from what others call, and from what it left behind', async () => {
    const { caller, call } = setUp()
    const seen: Array<Job | undefined> = []
    const handle = () => {
      seen.push(caller())
      setImmediate(() => seen.push(caller()))
    }
    const jobs = [testJob(), testJob()]
    for (const job of jobs) call(handle, job)
    seen.push(caller())
    await turn()
    expect(seen).toEqual([...jobs, undefined, undefined, undefined])
  })

  it('is told after it has waited, of each of several that wait at once', async () => {
    const { caller, call } = setUp()
    const seen = new Map<Job, Array<Job | undefined>>()
    const handle = async (job: Job) => {
      await turn()
      seen.set(job, [caller()])
      setImmediate(() => seen.get(job)?.push(caller()))
    }
    const jobs = [testJob(), testJob(), testJob()]
    await Promise.all(jobs.map(job => call(handle, job)))
    await turn()
    for (const job of jobs) expect(seen.get(job)).toEqual([job, undefined])
  })

  it('is told of one that returns a promise only now and then', async () => {
    const { caller, call } = setUp()
    const seen: Array<Job | undefined> = []
    const look = async () => {
      await turn()
      seen.push(caller())
    }
    const [first, second, third, fourth] = [testJob(), testJob(), testJob(), testJob()] as const
    const handle = (job: Job) => (job === second || job === fourth ? look() : undefined)
    call(handle, first)
    const waits = [call(handle, second), call(handle, third), call(handle, fourth)]
    await Promise.all(waits)
    expect(seen).toEqual([second, fourth])
  })

  it('is told of a handler within a handler, and of one that throws', async () => {
    const { caller, call } = setUp()
    const seen: Array<Job | undefined> = []
    const [outer, inner, thrown] = [testJob(), testJob(), testJob()]
    const innermost = async () => {
      await turn()
      seen.push(caller())
    }
    const around = async () => {
      await turn()
      const pending = call(innermost, inner)
      seen.push(caller())
      await pending
      seen.push(caller())
    }
    await call(around, outer)
    expect(seen).toEqual([outer, inner, outer])
    const throwing = () => {
      throw new Error('no')
    }
    expect(() => call(throwing, thrown)).toThrow('no')
    expect(caller()).toBeUndefined()
  })
})
