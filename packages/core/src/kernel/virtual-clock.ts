import type { Clock } from './clock.ts'

/** A clock that stands still until it is told to advance. */
export interface VirtualClock extends Clock {
  /** Sets the wall clock forward by `ms`, or back where that is negative. No interval notices. */
  setWall(ms: number): void
  /** How many timers wait. */
  readonly pending: number
  /** Moves time on by `ms`, running each timer at its moment and letting promises settle after each. */
  advance(ms: number): Promise<void>
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Lets every promise that can settle now do so, and what they cause. */
const settle = () => new Promise<void>(resolve => setImmediate(resolve))

/** A clock for tests: time moves only by {@link VirtualClock.advance}. Starts at `startMs` (default 2026-01-01). */
export function createVirtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const beganAt = 1_000_000
  let now = beganAt
  let wallOffset = startMs - beganAt
  let order = 0
  const timers = new Set<Timer>()

  const nextBefore = (end: number): Timer | undefined => {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.at > end) continue
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
    }
    return next
  }

  return {
    now: () => now + wallOffset,
    elapsed: () => now,
    setWall(ms) {
      wallOffset += ms
    },
    schedule(callback, delayMs) {
      const timer = { at: now + Math.max(0, delayMs), order: order++, callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    get pending() {
      return timers.size
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let timer = nextBefore(end); timer; timer = nextBefore(end)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.callback()
        await settle()
      }
      now = end
      await settle()
    },
  }
}
