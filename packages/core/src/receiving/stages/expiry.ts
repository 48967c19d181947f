import type { Clock } from '../../kernel/index.ts'
import type { Job } from '../job.ts'
import type { Stage } from './stage.ts'

/** Lets nothing through that has lost its meaning: nobody waits for it any more. `again`: looks only at what had to wait since. */
export function expiry(clock: Clock, again = false): Stage {
  const hasExpired = ({ endsAt, hasWaited }: Job) =>
    endsAt < Number.POSITIVE_INFINITY && (hasWaited || !again) && endsAt <= clock.elapsed()
  return next => job => (hasExpired(job) ? 'expired' : next(job))
}
