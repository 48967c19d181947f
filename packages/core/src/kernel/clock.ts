/** Stops a timer. Harmless when it has already run. */
export type Cancel = () => void

/** Options of one timer. */
export interface TimerOptions {
  /** Whether a pending timer keeps the process alive. Default false: waiting is no work of its own. */
  readonly keepAlive?: boolean
}

/** Where time comes from. Injected everywhere, so that tests decide what time it is. */
export interface Clock {
  /** The wall clock: milliseconds since the Unix epoch. For times that are written down; it may be set back or forward. */
  now(): number
  /** Milliseconds since an arbitrary moment. It never goes back, whatever is done to the wall clock: for every interval. */
  elapsed(): number
  /** Runs `callback` once, `delayMs` from now or later. */
  schedule(callback: () => void, delayMs: number, options?: TimerOptions): Cancel
}

/** The longest that a timer of Node waits (25 days); told to wait longer, it would run at once. */
const maxDelayMs = 0x7fff_ffff

/** The time of the operating system. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule(callback, delayMs, options) {
    let timer: NodeJS.Timeout
    const wait = (restMs: number) => {
      timer = restMs > maxDelayMs ? setTimeout(wait, maxDelayMs, restMs - maxDelayMs) : setTimeout(callback, restMs)
      if (options?.keepAlive !== true) timer.unref()
    }
    wait(delayMs)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `delayMs` of the clock's time, or rejects with the reason of `signal`. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.schedule(
      () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      delayMs,
      { keepAlive: true },
    )
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
