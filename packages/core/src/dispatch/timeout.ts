import { smError } from '../errors/index.ts'
import { type Clock, type Deadline, type Deadlines, isPromise } from '../kernel/index.ts'
import type { Job, Outcome } from './job.ts'
import type { Stage } from './stage.ts'

export interface TimeoutOptions {
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Longest time of one handler, in milliseconds; `Infinity` for none. */
  readonly timeoutMs: number
  /** Handlers that run now and have not returned yet, so that a stop or a cancel can reach them. */
  readonly running: Set<Job>
}

/**
 * Gives a handler its time, and never longer than the message has a meaning. When it is over, the handler's signal
 * aborts and handling counts as failed. A handler that returns at once costs nothing here.
 */
export function timeout({ clock, deadlines, timeoutMs, running }: TimeoutOptions): Stage {
  return next => job => {
    const result = next(job)
    if (!isPromise(result)) return result
    job.running = result
    running.add(job)
    const endsAt = Math.min(clock.now() + timeoutMs, job.header.expiresAt ?? Number.POSITIVE_INFINITY)
    return new Promise<Outcome>((resolve, reject) => {
      const deadline: Deadline = {
        bucket: -1,
        expire() {
          const what = `The handler of ${job.header.type} did not end in time`
          const error = smError('SM_HANDLER_TIMEOUT', what, { details: { messageId: job.header.id } })
          job.abort(error)
          reject(error)
        },
      }
      if (endsAt < Number.POSITIVE_INFINITY) deadlines.add(deadline, endsAt)
      const end = () => {
        deadlines.withdraw(deadline)
        running.delete(job)
      }
      result.then(
        outcome => {
          end()
          resolve(outcome)
        },
        error => {
          end()
          reject(error)
        },
      )
    })
  }
}
