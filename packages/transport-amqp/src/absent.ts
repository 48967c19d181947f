import type { Cancel, Clock } from '@sm/core/transport'
import { lostError } from './errors.ts'
import type { EventMessage } from './event-message.ts'
import type { Letter } from './letter.ts'

/** What waits for queues to come back has to know. */
export interface AbsentParts {
  readonly clock: Clock
  /** How long after something was lost a queue may come back, in milliseconds. */
  readonly returnMs: number
  /** Sends a letter. */
  readonly send: (letter: Letter<EventMessage>) => void
  /** Asks whoever consumes to look whether its bindings are there. False where nobody can be asked. */
  readonly look: () => boolean
}

/** How long those who were asked to look may take, in milliseconds. */
const lookMs = 600

/** How soon it is tried again whether somebody takes what nobody took, in milliseconds. */
const againMs = 200

/** Most places that are remembered to have had a queue. */
const maxRouted = 4_096

type Waiting = Letter<EventMessage>[]

/**
 * Holds back what nobody takes where somebody did before the broker, or an exchange, came back: bindings that somebody deleted,
 * or that a broker has forgotten, are made again by those who consume, within a heartbeat or so. Until then "nobody" would
 * not be true.
 */
export class Absent {
  readonly #parts: AbsentParts
  /** Places that had a queue. */
  readonly #routed = new Set<string>()
  readonly #waiting = new Map<string, Waiting>()
  /** The first of each place, while it is on its way. */
  readonly #tried = new Map<string, Letter<EventMessage>>()
  #until = 0
  #cancel: Cancel | undefined

  constructor(parts: AbsentParts) {
    this.#parts = parts
  }

  /** Something was lost that others make again. */
  disturbed(): void {
    this.#until = this.#parts.clock.elapsed() + this.#parts.returnMs
  }

  /** Takes a letter whose place is waited for. */
  holds(letter: Letter<EventMessage>, place: string): boolean {
    const waiting = this.#waiting.get(place)
    waiting?.push(letter)
    return waiting !== undefined
  }

  /** Nobody takes a letter. True when it waits for somebody who may come back. */
  returned(letter: Letter<EventMessage>, place: string): boolean {
    const isTried = this.#tried.get(place) === letter
    if (isTried) this.#tried.delete(place)
    const isOver = this.#routed.has(place) && this.#parts.clock.elapsed() >= this.#until
    const isInVain = isOver && (isTried || this.#waiting.has(place) || !this.#parts.look())
    if (isInVain) this.#routed.delete(place)
    if (!this.#routed.has(place) || letter.publication?.abandoned) {
      this.#release(place)
      return false
    }
    // Its last consumer has left, or somebody has deleted a queue or a binding: those who still consume make theirs again.
    if (isOver) this.#until = this.#parts.clock.elapsed() + lookMs
    const waiting = this.#waiting.get(place)
    if (!waiting) this.#waiting.set(place, [letter])
    else if (isTried) waiting.unshift(letter)
    else insert(waiting, letter)
    this.#again()
    return true
  }

  /** Somebody took a letter. */
  routed(letter: Letter<EventMessage>, place: string): void {
    if (!this.#routed.has(place)) {
      if (this.#routed.size === maxRouted) this.#routed.delete(this.#routed.values().next().value as string)
      this.#routed.add(place)
    }
    if (this.#tried.get(place) !== letter) return
    this.#tried.delete(place)
    this.#release(place)
  }

  /** Forgets everything that waits, and hands it out. */
  clear(): Letter<EventMessage>[] {
    const all = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    this.#tried.clear()
    this.#cancel?.()
    this.#cancel = undefined
    return all
  }

  /** What waits behind a place leaves, in order. */
  #release(place: string): void {
    const waiting = this.#waiting.get(place)
    this.#waiting.delete(place)
    for (const letter of waiting ?? []) this.#parts.send(letter)
  }

  #again(): void {
    this.#cancel ??= this.#parts.clock.schedule(
      () => {
        this.#cancel = undefined
        for (const [place, waiting] of [...this.#waiting]) {
          // One that nobody waits for any more is not sent, and so never answered.
          while (waiting[0]?.publication?.abandoned) waiting.shift()?.reject(lostError(undefined))
          if (this.#tried.get(place)?.publication?.abandoned) this.#tried.delete(place)
          const first = this.#tried.has(place) ? undefined : waiting.shift()
          if (first) {
            this.#tried.set(place, first)
            this.#parts.send(first)
          } else if (waiting.length === 0 && !this.#tried.has(place)) this.#waiting.delete(place)
        }
        if (this.#waiting.size > 0) this.#again()
      },
      againMs,
      { keepAlive: true },
    )
  }
}

/** By the order in which they first left. */
function insert(waiting: Waiting, letter: Letter<EventMessage>): void {
  let at = waiting.length
  while (at > 0 && (waiting[at - 1] as Letter).order > letter.order) at -= 1
  waiting.splice(at, 0, letter)
}
