import type { Clock } from '@sm/core/transport'

/**
 * Who runs, and what each event touches. What one thread sets runs in order. A run by a seed does without: everything runs when
 * it is due. An exploration chooses among threads, and asks what their events touch to tell which orders come to the same.
 */
export interface Threads {
  /** The clock of one thread: a process, or one direction of a connection. Nothing of it runs while `isHeld` says so. */
  of(thread: string, isHeld?: () => boolean): Clock
  /** The event that runs now looks at, or changes, what other threads see. */
  touch(thing: string): void
  /** The event that runs now, by its number. */
  readonly cause: number
  /** Has what `set` sets count as brought about by an earlier event. */
  because(cause: number, set: () => void): void
  /** Whether each item of a connection comes in an event of its own, or all together that are due at once. */
  readonly areFine: boolean
}

/** The time of a world, and the threads that run in it. */
export interface WorldTime extends Clock, Threads {
  /** How many timers have run. */
  readonly events: number
  /** Goes on until so many milliseconds have passed since the beginning. */
  runUntil(endMs: number): Promise<void>
}

/** Threads of which nobody needs to know: all run when they are due. */
export function onOneClock(clock: Clock): Threads {
  return { of: () => clock, touch: () => undefined, cause: 0, because: (_cause, set) => set(), areFine: false }
}
