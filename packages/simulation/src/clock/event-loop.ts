import type { Cancel, Clock } from '@sm/core/transport'
import { simulationError } from '../errors.ts'
import { inOwnScope } from './own-scope.ts'
import type { WorldTime } from './threads.ts'
import { type Timer, TimerHeap } from './timer-heap.ts'

/** Most timers of one instant. */
const maxPerInstant = 100_000

/** Lets promises and ticks settle, without a turn of the real event loop. */
const tick = () => new Promise<void>(resolve => process.nextTick(resolve))
/** Lets everything settle that can, also what waits for the next turn of the real event loop. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

/**
 * The time of the world. It stands still while anything can happen without it, and then goes to the next timer. Whole
 * instants settle at once, which is several times as fast as a turn of the real event loop for each timer.
 */
export class EventLoop implements WorldTime {
  readonly areFine = false
  readonly cause = 0
  readonly #startMs: number
  readonly #maxEvents: number
  readonly #timers = new TimerHeap()
  #elapsed = 0
  #order = 0
  #events = 0

  constructor({ startMs, maxEvents }: EventLoopOptions) {
    this.#startMs = startMs
    this.#maxEvents = maxEvents
  }

  /** How many timers have run. */
  get events(): number {
    return this.#events
  }

  of(): Clock {
    return this
  }

  touch(): void {}

  because(_cause: number, set: () => void): void {
    set()
  }

  now(): number {
    return this.#startMs + this.#elapsed
  }

  elapsed(): number {
    return this.#elapsed
  }

  schedule(callback: () => void, delayMs: number): Cancel {
    const timer: Timer = {
      at: this.#elapsed + Math.max(0, Math.ceil(delayMs)),
      order: this.#order++,
      callback: inOwnScope(callback),
    }
    this.#timers.push(timer)
    return () => {
      timer.callback = undefined
    }
  }

  /** Goes on until so many milliseconds have passed since the beginning. Rejects with `SM_SIMULATION_ENDLESS`. */
  async runUntil(endMs: number): Promise<void> {
    await turn()
    for (let next = this.#timers.peek(); next && next.at <= endMs; next = this.#timers.peek()) {
      this.#elapsed = next.at
      await this.#runInstant(next.at)
    }
    this.#elapsed = Math.max(this.#elapsed, endMs)
    await turn()
  }

  async #runInstant(at: number): Promise<void> {
    let count = 0
    for (let due = this.#timers.peek(); due?.at === at; due = this.#timers.peek()) {
      this.#timers.pop()
      const { callback } = due
      if (!callback) continue
      this.#events += 1
      count += 1
      if (count > maxPerInstant) throw endless(`${maxPerInstant} timers ran within the instant ${at}`)
      if (this.#events > this.#maxEvents) throw endless(`${this.#maxEvents} timers have run (maxEvents)`)
      callback()
      await tick()
    }
    if (count > 0) await turn()
  }
}

/** Options of an event loop. */
export interface EventLoopOptions {
  /** The wall clock at the beginning, epoch milliseconds. */
  readonly startMs: number
  /** Most timers of the whole run. */
  readonly maxEvents: number
}

function endless(what: string) {
  return simulationError('SM_SIMULATION_ENDLESS', what)
}
