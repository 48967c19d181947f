import type { Clock } from '../../kernel/index.ts'
import { finallyStep, type Stage } from './stage.ts'

/** Records how long handlers run, in milliseconds. Without a recorder it adds no step, and reads no clock. */
export function measure(clock: Clock, record: ((type: string, ms: number) => void) | undefined): Stage {
  if (!record) return next => next
  return next => job => {
    const startedAt = clock.elapsed()
    return finallyStep(next, job, ({ header }) => record(header.type, clock.elapsed() - startedAt))
  }
}
