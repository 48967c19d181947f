import { Deque } from '../../kernel/index.ts'
import type { Job } from '../job.ts'
import type { Gate, Turn } from './gate.ts'
import { finallyStep, type Stage, whenHandlerEnded } from './stage.ts'

/**
 * At most `limit` handlers run at once; others wait in the order in which they came. How many can wait is bounded by the
 * prefetch of the subscription. A handler that outlives its timeout keeps its place: it does still run.
 */
export function concurrency(limit: number, gate: Gate): Stage {
  return next => {
    const waiting = new Deque<Turn>()
    let running = 0
    gate.onClose(error => {
      for (const turn of waiting.drain()) turn.refuse(error)
    })

    const leave = () => {
      const first = waiting.shift()
      if (first) first.begin()
      else running -= 1
    }
    const ended = (job: Job) => whenHandlerEnded(job, leave)

    return job => {
      if (running < limit) {
        running += 1
        return finallyStep(next, job, ended)
      }
      const turn = new Promise<void>((begin, refuse) => waiting.push({ begin, refuse }))
      return turn.then(() => {
        job.hasWaited = true
        return finallyStep(next, job, ended)
      })
    }
  }
}
