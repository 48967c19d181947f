import type { Stage } from './stage.ts'

/** Lets through the versions that the subscriber accepts. What nobody accepts is reported by the settle stage. */
export function version(accepted: ReadonlySet<number> | undefined): Stage {
  if (!accepted) return next => next
  return next => job => (accepted.has(job.header.version) ? next(job) : 'unaccepted')
}
