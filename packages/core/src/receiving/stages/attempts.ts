import type { Delivery } from '../../contract/index.ts'
import { smError } from '../../errors/index.ts'
import { isPromise, type MaybePromise } from '../../kernel/index.ts'
import type { Job, Outcome } from '../job.ts'
import { DispatchFault, type Stage } from './stage.ts'

/** Tries that were begun, by delivery: several handlers of one delivery begin one try. */
const begun = new WeakMap<Delivery, MaybePromise<number>>()

function begin(delivery: Delivery): MaybePromise<number> {
  const known = begun.get(delivery)
  if (known !== undefined) return known
  const count = (delivery.begin as () => MaybePromise<number>).call(delivery)
  begun.set(delivery, count)
  return count
}

/**
 * Refuses a message that has been tried as often as it may be, before its handler begins: one that ends its process each
 * time would never be given up otherwise. Tries that were begun count, where the wire can count them; deliveries that
 * were taken back before a handler began do not. The first try is not counted on the wire, which would cost each message
 * a round trip: a redelivery is taken to come after one, unless one try is all there may be.
 */
export function attempts(maxAttempts: number): Stage {
  const uncounted = maxAttempts > 1 ? 1 : 0
  return next => {
    const enter = (job: Job, count: number): MaybePromise<Outcome> => {
      job.attempt = count + uncounted
      if (job.attempt <= maxAttempts) return next(job)
      const { type, id } = job.header
      throw smError(
        'SM_ATTEMPTS_EXHAUSTED',
        `${type} was tried ${maxAttempts} times, and the last try neither ended nor failed: its process did`,
        { details: { messageId: id } },
      )
    }
    return job => {
      const { delivery, header } = job
      if (delivery.attempt === 1 && maxAttempts > 1) return next(job)
      if (delivery.begin === undefined || header.delivery === 'at-most-once') return next(job)
      let count: MaybePromise<number>
      try {
        count = begin(delivery)
      } catch (cause) {
        throw new DispatchFault(cause)
      }
      if (!isPromise(count)) return enter(job, count)
      return count.then(
        settled => enter(job, settled),
        cause => Promise.reject(new DispatchFault(cause)),
      )
    }
  }
}
