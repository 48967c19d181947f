import { AsyncLocalStorage } from 'node:async_hooks'
import type { Job } from './job.ts'

interface Call {
  readonly job: Job
  /** It has returned, a promise perhaps: then the job is among those that run for as long as that is open. */
  hasReturned: boolean
}

/** Which handler the code that runs now belongs to, also after it has waited for something. */
const scope = new AsyncLocalStorage<Call>()

/** Runs a handler so that what it calls can be told from what others call. */
export function inHandler<T>(running: ReadonlySet<Job>, job: Job, handle: (job: Job) => T): T {
  const call: Call = { job, hasReturned: false }
  try {
    if (callingHandler(running)) return scope.run(call, handle, job)
    // To leave a scope costs as much as to enter one. Whatever comes after the handler belongs to none, or enters its own.
    scope.enterWith(call)
    return handle(job)
  } finally {
    call.hasReturned = true
  }
}

/** The handler that calls, if one does and is not done: what ends it must not be waited for within it. */
export function callingHandler(running: ReadonlySet<Job>): Job | undefined {
  const call = scope.getStore()
  return call && (!call.hasReturned || running.has(call.job)) ? call.job : undefined
}
