import { isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Job, Outcome } from './job.ts'
import { type Stage, whenHandlerEnded } from './stage.ts'

/**
 * Messages with one `key` run one after the other, in the order in which they came; those without a key, or with
 * another, do not wait for them. A key is forgotten when its last message has ended.
 */
export function orderByKey(): Stage {
  return next => {
    /** Who waits behind the one that runs, by key. */
    const lanes = new Map<string, Array<() => void>>()

    const leave = (key: string) => {
      const lane = lanes.get(key)
      const first = lane?.shift()
      if (first) first()
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
      return new Promise<void>(resolve => lane.push(resolve)).then(() => run(job, key))
    }
  }
}
