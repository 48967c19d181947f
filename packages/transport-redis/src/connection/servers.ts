import { isSmError } from '@sm/core/transport'
import { movedTo } from '../errors.ts'
import { type RedisTransportOptions, type Target, toTargetAt, toTargets } from '../options.ts'

/** The servers of which one has the namespace. */
export class Servers {
  readonly #seeds: readonly Target[]
  #current: Target

  constructor(options: RedisTransportOptions) {
    const seeds = toTargets(options)
    this.#seeds = seeds
    this.#current = seeds[0]
  }

  /** The one that had the namespace when it was last asked. */
  get current(): Target {
    return this.#current
  }

  /**
   * Opens something at one server after the other, each once, until it succeeds: that of the last time comes first, and one
   * that another names as the node that has the namespace comes next. Rejects with what can be put right rather than with
   * what may pass.
   */
  async open<T>(openAt: (target: Target) => Promise<T>, signal: AbortSignal): Promise<T> {
    const left = [this.#current, ...this.#seeds]
    const tried = new Set<string>()
    const failures: unknown[] = []
    let elsewhere: unknown
    for (let target = left.shift(); target; target = left.shift()) {
      if (tried.has(target.where)) continue
      tried.add(target.where)
      try {
        const opened = await openAt(target)
        this.#current = target
        return opened
      } catch (error) {
        if (signal.aborted) throw error
        const owner = movedTo(error, target.server)
        if (owner) {
          elsewhere = error
          left.unshift(toTargetAt(target, owner))
        } else failures.push(error)
      }
    }
    throw failures.find(error => isSmError(error) && !error.retryable) ?? failures[0] ?? elsewhere
  }
}
