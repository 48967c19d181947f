import type { Cancel, Clock } from '@sm/core/transport'
import { inOwnScope } from '../clock/own-scope.ts'
import type { WorldTime } from '../clock/threads.ts'
import { simulationError } from '../errors.ts'
import type { Footprint } from './footprint.ts'

/** Lets promises and ticks settle. */
const tick = () => new Promise<void>(resolve => process.nextTick(resolve))
/** Lets everything settle that can, also what waits for the next turn of the real event loop. */
const turn = () => new Promise<void>(resolve => setImmediate(resolve))

/** Something that may happen next. */
export interface Option {
  /** The same in every run that has come to the same point. */
  readonly name: string
  /** The choice that brought it about, by its number from 0; -1 where that was before the first. */
  readonly cause: number
  /** Whether it need not happen at all. */
  readonly isOptional: boolean
  /** Whether it comes when nothing else can: it could not come before what came before it. */
  readonly isLast: boolean
  run(): void
}

/** Decides what happens next. */
export interface Chooser {
  /** Which of several, or of one, it is: its place. Undefined ends the run, which shows nothing new. */
  choose(options: readonly Option[]): number | undefined
  /** What was chosen has run, and has touched this. */
  ran(footprint: Footprint): void
}

/** What strikes from outside, at any moment. */
export interface Strikes {
  /** What may strike or end now. */
  options(now: number): readonly Pick<Option, 'name' | 'isOptional' | 'run'>[]
  /** Time goes no further until something of it has been chosen. */
  readonly dueAt: number
  /** Whether an event belongs to what was chosen last, and comes before anything else is chosen. */
  goesOn(event: string): boolean
}

/** What a run that was ended by its {@link Chooser} throws. */
export const cutShort = new Error('The run shows nothing new')

interface ThreadTimer {
  readonly at: number
  readonly order: number
  readonly cause: number
  callback: (() => void) | undefined
}

interface Thread {
  readonly name: string
  readonly isHeld: (() => boolean) | undefined
  /** By time, and by the order in which they were set. */
  readonly timers: ThreadTimer[]
}

/**
 * The time of a world in which the next event is chosen. Each thread has one event that may come next; time goes on when none
 * has, or before, as often as `lateTimers` allows.
 */
export class ChoosingLoop implements WorldTime {
  readonly areFine = true
  readonly #deps: ChoosingLoopDeps
  readonly #threads = new Map<string, Thread>()
  readonly #world: Clock
  #touched = new Set<string>()
  #elapsed = 0
  #order = 0
  #events = 0
  #lateTimers: number
  /** The number of the choice that runs, or ran last. */
  #current = -1

  constructor(deps: ChoosingLoopDeps) {
    this.#deps = deps
    this.#lateTimers = deps.lateTimers
    this.#world = this.of('the world')
  }

  get events(): number {
    return this.#events
  }

  of(name: string, isHeld?: () => boolean): Clock {
    return {
      now: () => this.now(),
      elapsed: () => this.#elapsed,
      schedule: (callback, delayMs) => this.#schedule(name, isHeld, callback, delayMs),
    }
  }

  get cause(): number {
    return this.#current
  }

  because(cause: number, set: () => void): void {
    const current = this.#current
    this.#current = cause
    set()
    this.#current = current
  }

  touch(thing: string): void {
    this.#touched.add(thing)
  }

  now(): number {
    return this.#deps.startMs + this.#elapsed
  }

  elapsed(): number {
    return this.#elapsed
  }

  /** What belongs to no thread may change anything. */
  schedule(callback: () => void, delayMs: number): Cancel {
    const run = () => {
      this.touch(everything)
      callback()
    }
    return this.#world.schedule(run, delayMs)
  }

  async runUntil(endMs: number): Promise<void> {
    await turn()
    for (let options = this.#options(endMs); options.length > 0; options = this.#options(endMs)) {
      const isChosen = this.#elapsed >= this.#deps.fromMs
      const place = isChosen ? this.#deps.chooser.choose(options) : 0
      if (place === undefined) throw cutShort
      this.#touched = new Set()
      if (isChosen) this.#current += 1
      for (let next = options[place]; next; next = this.#due().find(({ name }) => this.#deps.strikes.goesOn(name))) {
        next.run()
        this.#events += 1
        if (this.#events > this.#deps.maxEvents)
          throw simulationError('SM_SIMULATION_ENDLESS', `${this.#deps.maxEvents} events have happened (maxEvents)`)
        await tick()
      }
      if (isChosen) this.#deps.chooser.ran(this.#touched.has(everything) ? undefined : this.#touched)
    }
    this.#elapsed = Math.max(this.#elapsed, endMs)
    await turn()
  }

  /** What may come next: first what was due first, then time, then what strikes from outside. */
  #options(endMs: number): readonly Option[] {
    const options = this.#due()
    const nextAt = this.#nextAt(endMs)
    const { strikes, fromMs } = this.#deps
    const isLate = options.length > 0
    if (this.#elapsed === endMs) return options
    if (nextAt <= strikes.dueAt && (!isLate || (this.#lateTimers > 0 && this.#elapsed >= fromMs)))
      options.push({
        ...{ name: time, cause: -1, isOptional: isLate, isLast: this.#lateTimers === 0 },
        run: () => this.#goTo(nextAt, isLate),
      })
    if (this.#elapsed >= fromMs)
      for (const option of strikes.options(this.#elapsed)) options.push({ ...option, cause: -1, isLast: false })
    return options
  }

  /** The next event of each thread that has one now, first what was due first. */
  #due(): Option[] {
    const due: { readonly thread: Thread; readonly timer: ThreadTimer }[] = []
    for (const thread of this.#threads.values()) {
      const { timers } = thread
      while (timers[0] && !timers[0].callback) timers.shift()
      const [timer] = timers
      if (!timer) this.#threads.delete(thread.name)
      else if (timer.at <= this.#elapsed && !thread.isHeld?.()) due.push({ thread, timer })
    }
    due.sort((a, b) => a.timer.order - b.timer.order)
    return due.map(({ thread, timer: { cause } }) => ({
      ...{ name: thread.name, cause, isOptional: false, isLast: false },
      run: () => this.#run(thread),
    }))
  }

  /** When the next timer of all is due, that is not due yet. */
  #nextAt(endMs: number): number {
    const times = [...this.#threads.values()].map(({ timers }) => timers[0]?.at ?? endMs)
    return Math.min(endMs, ...times.filter(at => at > this.#elapsed))
  }

  #run(thread: Thread): void {
    this.touch(thread.name)
    const timer = thread.timers.shift() as ThreadTimer
    timer.callback?.()
  }

  #goTo(at: number, isLate: boolean): void {
    this.touch(everything)
    this.#elapsed = at
    if (isLate) this.#lateTimers -= 1
  }

  #schedule(name: string, isHeld: Thread['isHeld'], callback: () => void, delayMs: number): Cancel {
    let thread = this.#threads.get(name)
    if (!thread) {
      thread = { name, isHeld, timers: [] }
      this.#threads.set(name, thread)
    }
    const at = this.#elapsed + Math.max(0, Math.ceil(delayMs))
    const timer: ThreadTimer = { at, order: this.#order++, cause: this.#current, callback: inOwnScope(callback) }
    const place = thread.timers.findIndex(other => other.at > at)
    thread.timers.splice(place < 0 ? thread.timers.length : place, 0, timer)
    return () => {
      timer.callback = undefined
    }
  }
}

/** The name of the event by which time goes on. */
export const time = 'time'

/** What an event touches that changes the world for all. */
export const everything = 'everything'

/** Dependencies of a loop. */
export interface ChoosingLoopDeps {
  /** The wall clock at the beginning, epoch milliseconds. */
  readonly startMs: number
  readonly maxEvents: number
  /** Until then everything runs in its turn, and nothing is chosen, in milliseconds. */
  readonly fromMs: number
  /** How often time may go on though something could come first. */
  readonly lateTimers: number
  readonly chooser: Chooser
  readonly strikes: Strikes
}
