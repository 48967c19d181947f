import { isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Claim, DeduplicationStore } from './deduplication-store.ts'
import type { Job, Outcome } from './job.ts'
import { DispatchFault, type Stage, type Step, whenHandlerEnded } from './stage.ts'

export interface DeduplicateOptions {
  readonly store: DeduplicationStore
  /** Who handles: the same text in every instance of the agent. */
  readonly handler: string
  /** Whether at-most-once messages are checked too: needed where one message can come over several wires. */
  readonly always: boolean
  /** Whether a failure is the last word on a message, so that it must not run again for another handler's sake. */
  readonly isFinal: (job: Job, error: unknown) => boolean
  /** Told when the store failed after a handler had run: its outcome stands all the same. */
  readonly onFault: (job: Job, error: unknown) => void
}

/**
 * Lets each message through once per handler. The claim is taken before the handler runs, committed when it is done and
 * released when it fails, so that a duplicate never runs beside the first, and a redelivery is never taken for one.
 */
export function deduplicate({ store, handler, always, isFinal, onFault }: DeduplicateOptions): Stage {
  const end = (job: Job, done: boolean): MaybePromise<void> => {
    try {
      const ended = done ? store.commit(handler, job.header.id) : store.release(handler, job.header.id)
      if (isPromise(ended)) return ended.catch(error => onFault(job, error))
    } catch (error) {
      onFault(job, error)
    }
  }

  return next => {
    const settle = (job: Job, done: boolean): MaybePromise<void> => {
      if (done) return end(job, true)
      // After a timeout the handler may still run: its claim stands until it has ended.
      whenHandlerEnded(job, () => void end(job, false))
    }

    const runSlowly = async (job: Job, result: Promise<Outcome>): Promise<Outcome> => {
      let outcome: Outcome
      try {
        outcome = await result
      } catch (error) {
        await settle(job, isFinal(job, error))
        throw error
      }
      await settle(job, true)
      return outcome
    }

    const run = (job: Job): MaybePromise<Outcome> => {
      let result: MaybePromise<Outcome>
      try {
        result = next(job)
      } catch (error) {
        const settled = settle(job, isFinal(job, error))
        if (isPromise(settled)) return settled.then(() => Promise.reject(error))
        throw error
      }
      if (isPromise(result)) return runSlowly(job, result)
      const settled = settle(job, true)
      return isPromise(settled) ? settled.then(() => result) : result
    }

    const enter = (job: Job, claim: Claim): MaybePromise<Outcome> => {
      if (claim === 'claimed') return run(job)
      if (claim === 'done') return 'duplicate'
      // Another copy is being handled: its end decides what this one is.
      return store.settled(handler, job.header.id).then(() => step(job), fault)
    }

    const step: Step = job => {
      if (!always && job.header.delivery === 'at-most-once') return next(job)
      let claim: MaybePromise<Claim>
      try {
        claim = store.claim(handler, job.header.id)
      } catch (error) {
        return fault(error)
      }
      return isPromise(claim) ? claim.then(settled => enter(job, settled), fault) : enter(job, claim)
    }
    return step
  }
}

function fault(cause: unknown): never {
  throw new DispatchFault(cause)
}
