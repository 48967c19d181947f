import type { CloseOptions } from '../contract/index.ts'

/** The ways to end a subscription. */
export interface Ending {
  /** Ends it, once. */
  close(options: CloseOptions): Promise<void>
  /** Whether a handler of its own is calling, which would wait for itself. */
  isCallingItself(): boolean
}

/** A handler's place in an agent. `await` it to go on once messages published anywhere will reach the handler. */
export class Subscription implements AsyncDisposable {
  /** Resolves once messages published anywhere will reach the handler. Need not be awaited within one process. */
  readonly ready: Promise<void>
  readonly #ending: Ending
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(ready: Promise<void>, ending: Ending) {
    this.ready = ready
    this.#ending = ending
  }

  /**
   * Takes no more messages and, unless `drain` is false, lets those end that were taken. Idempotent. Called by a handler of
   * its own, it resolves at once, while the close goes on: it cannot wait for its caller.
   */
  async close(options: CloseOptions = { drain: true }): Promise<void> {
    this.#closing ??= this.#ending.close(options)
    if (!this.#ending.isCallingItself()) return this.#closing
    // Other callers of a close are told of its failure, and stop() is.
    this.#closing.catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A value that can be used at once, and awaited until it is open. */
export type Opening<T> = T & PromiseLike<T>

/**
 * Makes a subscription awaitable: it resolves to itself once it is ready. A promise cannot resolve to what is awaitable
 * itself, so it ceases to be that as soon as it is open.
 */
export function opening<T extends object>(subscription: T, ready: Promise<void>): Opening<T> {
  const opened = () => {
    delete (subscription as { then?: unknown }).then
    return subscription
  }
  Object.defineProperty(subscription, 'then', {
    configurable: true,
    value: (resolve?: (value: T) => unknown, reject?: (error: unknown) => unknown) =>
      ready.then(opened).then(resolve, reject),
  })
  return subscription as Opening<T>
}
