import { AsyncLocalStorage } from 'node:async_hooks'
import type { Job } from '../dispatch/index.ts'

/** Which handler the code that runs now belongs to, also after it has waited for something. */
const scope = new AsyncLocalStorage<Job>()

/** Runs a handler so that what it calls can be told from what others call. */
export function inHandler<T>(job: Job, handle: () => T): T {
  return scope.run(job, handle)
}

/** The handler that calls, if one does: what ends it must not be waited for within it. */
export function callingHandler(): Job | undefined {
  return scope.getStore()
}
