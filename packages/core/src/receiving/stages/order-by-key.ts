import { isPromise, type MaybePromise } from '../../kernel/index.ts'
import type { Job, Outcome } from '../job.ts'
import type { Gate, Turn } from './gate.ts'
import { type Stage, whenHandlerEnded } from './stage.ts'

/**
 * Messages with one `key` run one after the other, in the order in which they came; those without a key, or with
 * another, do not wait for them. A key is forgotten when its last message has ended.
 */
export function orderByKey(gate: Gate): Stage {
  return next => {
    /** The turns that wait behind the one that runs, by key. */
    const lanes = new Map<string, Turn[]>()
    gate.onClose(error => {
      for (const lane of lanes.values()) for (const turn of lane.splice(0)) turn.refuse(error)
    })

    const leave = (key: string) => {
      const lane = lanes.get(key)
      const first = lane?.shift()
      if (first) first.begin()
      else lanes.delete(key)
    }

    const run = (job: Job, key: string): MaybePromise<Outcome> => {
      const done = () => whenHandlerEnded(job, () => leave(key))
      let result: MaybePromise<Outcome>
      try {
        result = next(job)
      } catch (error) {
        done()
        throw error
      }
      if (isPromise(result)) return result.finally(done)
      done()
      return result
    }

    return job => {
      const { key } = job.header
      if (key === undefined) return next(job)
      const lane = lanes.get(key)
      if (!lane) {
        lanes.set(key, [])
        return run(job, key)
      }
      return new Promise<void>((begin, refuse) => lane.push({ begin, refuse })).then(() => {
        job.hasWaited = true
        return run(job, key)
      })
    }
  }
}
