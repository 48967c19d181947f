import type { Clock } from '../../kernel/index.ts'
import type { Stage } from './stage.ts'

/** Lets nothing through that has lost its meaning: nobody waits for it any more. */
export function expiry(clock: Clock): Stage {
  return next => job => (job.endsAt < Number.POSITIVE_INFINITY && job.endsAt <= clock.elapsed() ? 'expired' : next(job))
}
