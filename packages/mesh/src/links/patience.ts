import type { Cancel, Clock } from '@sm/core/transport'

/** Parts of a wait: a pause of this process stretches the part that it falls into, and shortens none. */
const parts = 10

/**
 * Calls back once a peer has had `delayMs` to answer, by the turns of this process: while this side itself cannot hear, the
 * peer's time does not run out.
 */
export function outOfPatience(clock: Clock, delayMs: number, callback: () => void): Cancel {
  let left = parts
  let cancel: Cancel
  const wait = () => {
    cancel = clock.schedule(() => {
      left -= 1
      if (left === 0) callback()
      else wait()
    }, delayMs / parts)
  }
  wait()
  return () => cancel()
}
