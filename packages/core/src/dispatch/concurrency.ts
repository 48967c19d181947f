import { Deque } from '../kernel/index.ts'
import type { Job } from './job.ts'
import { finallyStep, type Stage, whenHandlerEnded } from './stage.ts'

/**
 * At most `limit` handlers run at once; others wait in the order in which they came. How many can wait is bounded by the
 * prefetch of the subscription. A handler that outlives its timeout keeps its place: it does still run.
 */
export function concurrency(limit: number): Stage {
  return next => {
    const waiting = new Deque<() => void>()
    let running = 0

    const leave = () => {
      const first = waiting.shift()
      if (first) first()
      else running -= 1
    }
    const ended = (job: Job) => whenHandlerEnded(job, leave)

    return job => {
      if (running < limit) {
        running += 1
        return finallyStep(next, job, ended)
      }
      return new Promise<void>(resolve => waiting.push(resolve)).then(() => finallyStep(next, job, ended))
    }
  }
}
