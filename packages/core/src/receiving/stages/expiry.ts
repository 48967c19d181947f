import type { Clock } from '../../kernel/index.ts'
import type { Job } from '../job.ts'
import type { Stage } from './stage.ts'

/** Lets nothing through that has lost its meaning: nobody waits for it any more. */
export function expiry(clock: Clock): Stage {
  return next => job => (hasExpired(job, clock) ? 'expired' : next(job))
}

/** The same for what had to wait since it was looked at first. */
export function expiryAfterWait(clock: Clock): Stage {
  return next => job => (job.hasWaited && hasExpired(job, clock) ? 'expired' : next(job))
}

function hasExpired({ endsAt }: Job, clock: Clock): boolean {
  return endsAt < Number.POSITIVE_INFINITY && endsAt <= clock.elapsed()
}
