import type { RejectReason } from '../../contract/index.ts'
import type { Claim, DeduplicationStore } from '../../deduplication/index.ts'
import { isPromise, type MaybePromise } from '../../kernel/index.ts'
import type { Header } from '../../message/index.ts'
import type { Job, Outcome } from '../job.ts'
import { DispatchFault, type Stage, type Step, whenHandlerEnded } from './stage.ts'

/** The end of a claim after a failure: another try may come, none is owed, or none may come, for a reason. */
export type FailureEnd = 'release' | 'commit' | RejectReason

export interface DeduplicateOptions {
  readonly store: DeduplicationStore
  /** The name of the handler: the same text in every instance of the agent. */
  readonly handler: string
  /** Whether at-most-once messages are checked too: needed once one message can come over several wires. */
  readonly always: () => boolean
  /** Returns the end of a claim after a failure. It must agree with the verdict on the delivery. */
  readonly endOf: (job: Job, error: unknown) => FailureEnd
  /** Told when the store failed after a handler had run: its outcome stands all the same. */
  readonly onFault: (job: Job, error: unknown) => void
}

/**
 * Lets each message through once per handler. The claim is taken before the handler runs, committed when it is done and
 * released when it fails, so that a duplicate never runs beside the first, and a redelivery is never taken for one. A
 * message that was given up is given up again, for the same reason, until its transport has confirmed that.
 */
export function deduplicate({ store, handler, always, endOf, onFault }: DeduplicateOptions): Stage {
  const end = (job: Job, how: FailureEnd): MaybePromise<void> => {
    const id = identityOf(job.header)
    try {
      const ended =
        how === 'commit'
          ? store.commit(handler, id)
          : how === 'release'
            ? store.release(handler, id)
            : store.reject(handler, id, how)
      if (isPromise(ended)) return ended.catch(error => onFault(job, error))
    } catch (error) {
      onFault(job, error)
    }
  }

  return next => {
    const settle = (job: Job, how: FailureEnd): MaybePromise<void> => {
      if (how !== 'release') return end(job, how)
      // After a timeout the handler may still run: its claim stands until it has ended.
      whenHandlerEnded(job, () => void end(job, how))
    }

    const runSlowly = async (job: Job, result: Promise<Outcome>): Promise<Outcome> => {
      let outcome: Outcome
      try {
        outcome = await result
      } catch (error) {
        await settle(job, endOf(job, error))
        throw error
      }
      await settle(job, 'commit')
      return outcome
    }

    const run = (job: Job): MaybePromise<Outcome> => {
      let result: MaybePromise<Outcome>
      try {
        result = next(job)
      } catch (error) {
        const settled = settle(job, endOf(job, error))
        if (isPromise(settled)) return settled.then(() => Promise.reject(error))
        throw error
      }
      if (isPromise(result)) return runSlowly(job, result)
      const settled = settle(job, 'commit')
      return isPromise(settled) ? settled.then(() => result) : result
    }

    const enter = (job: Job, claim: Claim): MaybePromise<Outcome> => {
      if (claim === 'claimed') return run(job)
      if (claim === 'done') return 'duplicate'
      // Another copy is being handled: its end decides what this one is.
      if (claim === 'busy') {
        job.hasWaited = true
        return store.settled(handler, identityOf(job.header)).then(() => step(job), fault)
      }
      job.rejection = claim
      return 'givenUp'
    }

    const step: Step = job => {
      if (job.header.delivery === 'at-most-once' && !always()) return next(job)
      let claim: MaybePromise<Claim>
      try {
        claim = store.claim(handler, identityOf(job.header))
      } catch (error) {
        return fault(error)
      }
      if (!isPromise(claim)) return enter(job, claim)
      job.hasWaited = true
      return claim.then(settled => enter(job, settled), fault)
    }
    return step
  }
}

/** Length of the id of an instance or a message of ours, and of what stands between an agent and its instance. */
const ulidLength = 26

/**
 * The identity of a message: its id where our agents made it, as their ids are unique. Foreign senders number theirs as they
 * like: for CloudEvents source and id together name an event.
 */
function identityOf({ id, from }: Header): string {
  if (id.length === ulidLength && from.charAt(from.length - ulidLength - 1) === '/') return id
  return `${from} ${id}`
}

function fault(cause: unknown): never {
  throw new DispatchFault(cause)
}
