import { smError } from '../../errors/index.ts'
import { type Clock, Deadline, type Deadlines, isPromise } from '../../kernel/index.ts'
import type { Job, Outcome } from '../job.ts'
import type { Stage } from './stage.ts'

export interface TimeoutOptions {
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** Longest time of one handler, in milliseconds; `Infinity` for none. */
  readonly timeoutMs: number
  /** Handlers that run now and have not returned yet, so that a stop or a cancel can reach them. */
  readonly running: Set<Job>
}

/** The end of a handler's time. */
class HandlerDeadline extends Deadline {
  readonly #job: Job
  readonly #resolve: (outcome: Outcome) => void
  readonly #reject: (error: unknown) => void
  readonly #expires: boolean

  /** `expires`: it is the message that loses its meaning, and not the handler that is slow. */
  constructor(job: Job, resolve: (outcome: Outcome) => void, reject: (error: unknown) => void, expires: boolean) {
    super()
    this.#job = job
    this.#resolve = resolve
    this.#reject = reject
    this.#expires = expires
  }

  expire(): void {
    const { type, id } = this.#job.header
    const details = { messageId: id }
    if (this.#expires) {
      this.#job.abort(smError('SM_MESSAGE_EXPIRED', `${type} expired while its handler ran`, { details }))
      this.#resolve('expired')
      return
    }
    const error = smError('SM_HANDLER_TIMEOUT', `The handler of ${type} did not end in time`, { details })
    this.#job.abort(error)
    this.#reject(error)
  }
}

/**
 * Gives a handler its time, and never longer than the message has a meaning. When it is over, the handler's signal
 * aborts, and handling counts as failed, or the message as expired. A handler that returns at once costs nothing here.
 */
export function timeout({ clock, deadlines, timeoutMs, running }: TimeoutOptions): Stage {
  return next => job => {
    const result = next(job)
    if (!isPromise(result)) return result
    job.running = result
    running.add(job)
    const lateAt = clock.elapsed() + timeoutMs
    const endsAt = Math.min(lateAt, job.endsAt)
    return new Promise<Outcome>((resolve, reject) => {
      const deadline = new HandlerDeadline(job, resolve, reject, job.endsAt < lateAt)
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
