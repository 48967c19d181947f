import type { Clock } from '../kernel/index.ts'
import type { Stage } from './stage.ts'

/** Lets nothing through whose `expiresAt` has passed: nobody waits for it any more. */
export function expiry(clock: Clock): Stage {
  return next => job => {
    const { expiresAt } = job.header
    return expiresAt !== undefined && expiresAt <= clock.now() ? 'expired' : next(job)
  }
}
