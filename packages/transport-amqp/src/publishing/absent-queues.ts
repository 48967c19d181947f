import type { Cancel, Clock } from '@sm/core/transport'
import { lostError } from '../errors.ts'
import type { EventMessage } from '../wire/event-message.ts'
import type { PublishAttempt } from './publish-attempt.ts'

/** How long those who were asked to look may take, in milliseconds. */
const lookMs = 600

/** How soon it is tried again whether somebody takes what nobody took, in milliseconds. */
const againMs = 200

/** Most places that are remembered to have had a queue. */
const maxRouted = 4_096

type Waiting = PublishAttempt<EventMessage>[]

/**
 * Holds back what nobody takes where somebody did before the broker, or an exchange, came back: bindings that somebody deleted,
 * or that a broker has forgotten, are made again by those who consume, within a heartbeat or so. Until then "nobody" would
 * not be true.
 */
export class AbsentQueues {
  readonly #deps: AbsentQueuesDeps
  /** Places that had a queue. */
  readonly #routed = new Set<string>()
  readonly #waiting = new Map<string, Waiting>()
  /** The first of each place, while it is on its way. */
  readonly #tried = new Map<string, PublishAttempt<EventMessage>>()
  #until = 0
  #cancel: Cancel | undefined

  constructor(deps: AbsentQueuesDeps) {
    this.#deps = deps
  }

  /** Something was lost that others make again. */
  disturbed(): void {
    this.#until = this.#deps.clock.elapsed() + this.#deps.returnMs
  }

  /** Takes a publish whose place is waited for. */
  holds(attempt: PublishAttempt<EventMessage>, place: string): boolean {
    const waiting = this.#waiting.get(place)
    waiting?.push(attempt)
    return waiting !== undefined
  }

  /** Nobody takes a publish. True when it waits for somebody who may come back. */
  returned(attempt: PublishAttempt<EventMessage>, place: string): boolean {
    const isTried = this.#tried.get(place) === attempt
    if (isTried) this.#tried.delete(place)
    const isOver = this.#routed.has(place) && this.#deps.clock.elapsed() >= this.#until
    const isInVain = isOver && (isTried || this.#waiting.has(place) || !this.#deps.look())
    if (isInVain) this.#routed.delete(place)
    if (!this.#routed.has(place) || attempt.pending?.isEnded) {
      this.#release(place)
      return false
    }
    // Its last consumer has left, or somebody has deleted a queue or a binding: those who still consume make theirs again.
    if (isOver) this.#until = this.#deps.clock.elapsed() + lookMs
    const waiting = this.#waiting.get(place)
    if (!waiting) this.#waiting.set(place, [attempt])
    else if (isTried) waiting.unshift(attempt)
    else insert(waiting, attempt)
    this.#again()
    return true
  }

  /** Somebody took a publish. */
  routed(attempt: PublishAttempt<EventMessage>, place: string): void {
    if (!this.#routed.has(place)) {
      if (this.#routed.size === maxRouted) this.#routed.delete(this.#routed.values().next().value as string)
      this.#routed.add(place)
    }
    if (this.#tried.get(place) !== attempt) return
    this.#tried.delete(place)
    this.#release(place)
  }

  /** Forgets everything that waits, and hands it out. */
  clear(): PublishAttempt<EventMessage>[] {
    const all = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    this.#tried.clear()
    this.#cancel?.()
    this.#cancel = undefined
    return all
  }

  /** Sends the publishes that wait behind a place, in order. */
  #release(place: string): void {
    const waiting = this.#waiting.get(place)
    this.#waiting.delete(place)
    for (const attempt of waiting ?? []) this.#deps.send(attempt)
  }

  #again(): void {
    this.#cancel ??= this.#deps.clock.schedule(
      () => {
        this.#cancel = undefined
        for (const [place, waiting] of [...this.#waiting]) {
          // A publish that nobody waits for any more is not sent, and so never answered.
          while (waiting[0]?.pending?.isEnded) waiting.shift()?.failed(lostError(undefined))
          if (this.#tried.get(place)?.pending?.isEnded) this.#tried.delete(place)
          const first = this.#tried.has(place) ? undefined : waiting.shift()
          if (first) {
            this.#tried.set(place, first)
            this.#deps.send(first)
          } else if (waiting.length === 0 && !this.#tried.has(place)) this.#waiting.delete(place)
        }
        if (this.#waiting.size > 0) this.#again()
      },
      againMs,
      { keepAlive: true },
    )
  }
}

/** Dependencies of the wait for queues that come back. */
export interface AbsentQueuesDeps {
  readonly clock: Clock
  /** How long after something was lost a queue may come back, in milliseconds. */
  readonly returnMs: number
  /** Sends a publish. */
  readonly send: (attempt: PublishAttempt<EventMessage>) => void
  /** Asks whoever consumes to look whether its bindings are there. False where nobody can be asked. */
  readonly look: () => boolean
}

/** By the order in which they first left. */
function insert(waiting: Waiting, attempt: PublishAttempt<EventMessage>): void {
  let at = waiting.length
  while (at > 0 && (waiting[at - 1] as PublishAttempt).order > attempt.order) at -= 1
  waiting.splice(at, 0, attempt)
}
