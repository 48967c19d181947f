import { AssertionError } from 'node:assert'
import type { HarnessLimits } from './harness.ts'

const pollMs = 5

const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const pause = () => new Promise<void>(resolve => setTimeout(resolve, pollMs))

/**
 * Waits, by looking again and again instead of sleeping for as long as it might take. Time is counted in looks, so that a
 * process that stands still (a busy machine, a debugger) is not taken for a slow wire.
 */
export class Patience {
  readonly #looks: number
  readonly #quietLooks: number
  #failure: Error | undefined

  constructor({ deadlineMs, quietMs }: Pick<HarnessLimits, 'deadlineMs' | 'quietMs'>) {
    this.#looks = Math.ceil(deadlineMs / pollMs)
    this.#quietLooks = Math.ceil(quietMs / pollMs)
  }

  /** Something has gone wrong for good: every wait ends with it. */
  fail(failure: Error): void {
    this.#failure ??= failure
  }

  /** Resolves as soon as `condition` holds; throws, naming `what`, when it never does. `extraMs` is waited besides. */
  async eventually(what: string | (() => string), condition: () => boolean, extraMs = 0): Promise<void> {
    if (await this.#look(condition, this.#looks + Math.ceil(extraMs / pollMs))) return
    throw new AssertionError({ message: `It never came to this: ${typeof what === 'string' ? what : what()}` })
  }

  /** The result of `promise`; throws, naming `what`, when it does not settle in time, which is longer by `extraMs`. */
  async within<T>(what: string, promise: Promise<T> | T, extraMs?: number): Promise<T> {
    let settled = false
    const done = () => {
      settled = true
    }
    const result = Promise.resolve(promise)
    result.then(done, done)
    await this.eventually(what, () => settled, extraMs)
    return result
  }

  /** Resolves when the grace for what must not happen is over, or `condition` holds. */
  async quiet(condition: () => boolean = () => false): Promise<void> {
    await this.#look(condition, this.#quietLooks)
  }

  async #look(condition: () => boolean, looks: number): Promise<boolean> {
    // The first looks cost no time: in one process most things have happened within a turn or two.
    for (let i = 0; i < 10; i++) {
      if (this.#failure) throw this.#failure
      if (condition()) return true
      await turn()
    }
    for (let i = 0; i < looks; i++) {
      if (this.#failure) throw this.#failure
      if (condition()) return true
      await pause()
    }
    return condition()
  }
}
