import { type Clock, sleep } from '@sm/core/transport'
import { isUnsettled } from './api-errors.ts'

/** How long a cluster may take to find itself, in milliseconds. */
const settleMs = 15_000
const pauseMs = 50

/** Asks again while a cluster finds itself: a server that is asked then, or by several at once, may not answer what it does. */
export async function settling<T>(clock: Clock, ask: () => Promise<T>): Promise<T> {
  const until = clock.elapsed() + settleMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isUnsettled(error) || clock.elapsed() >= until) throw error
    }
    await sleep(clock, pauseMs)
  }
}
