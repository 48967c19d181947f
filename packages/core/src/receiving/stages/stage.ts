import { isPromise, type MaybePromise } from '../../kernel/index.ts'
import type { Job, Outcome } from '../job.ts'

/** Takes a job one step further. Throws or rejects when handling failed. */
export type Step = (job: Job) => MaybePromise<Outcome>

/** A layer of the onion: it is built once per subscription, so that no closure is made per message. */
export type Stage = (next: Step) => Step

/** A fault of dispatching itself, and not of a handler: none has run, and the message is handed back. */
export class DispatchFault {
  readonly cause: unknown

  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** Turns whatever is thrown further in into an error with a code, so that every stage outside of it sees one. */
export function coded(toError: (job: Job, thrown: unknown) => unknown): Stage {
  return next => job => {
    let result: MaybePromise<Outcome>
    try {
      result = next(job)
    } catch (thrown) {
      throw toError(job, thrown)
    }
    return isPromise(result) ? result.catch(thrown => Promise.reject(toError(job, thrown))) : result
  }
}

/** Runs `next` and calls `after` once its result stands, without waiting for anything when it stands at once. */
export function finallyStep(next: Step, job: Job, after: (job: Job) => void): MaybePromise<Outcome> {
  let result: MaybePromise<Outcome>
  try {
    result = next(job)
  } catch (error) {
    after(job)
    throw error
  }
  if (isPromise(result)) return result.finally(() => after(job))
  after(job)
  return result
}

/** Calls `after` when the handler itself has ended, which may be later than its timeout. */
export function whenHandlerEnded(job: Job, after: () => void): void {
  if (job.running) job.running.then(after, after)
  else after()
}
