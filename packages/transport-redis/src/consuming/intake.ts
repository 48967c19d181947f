import type { Sink } from '@sm/brokered'
import { type Cancel, type Clock, type Frame, isSmError } from '@sm/core/transport'
import { jsonBytes, readEvent } from '../wire/read-event.ts'
import { contentOf, frameOf, type StreamEntry, type Token } from '../wire/stream-entry.ts'
import { ReadAhead } from './read-ahead.ts'
import type { Settlements } from './settlements.ts'

/** How long frames wait here for room before others get a chance, in milliseconds. */
const staleMs = 250

const none: readonly StreamEntry[] = Object.freeze([])

/** A subscription that takes frames. */
interface Taker {
  readonly sink: Sink<Token>
  readonly prefetch: number
}

/** The frames of one queue, from the server to the subscriptions of this side that share it. Almost always there is one. */
export class Intake {
  readonly #deps: IntakeDeps
  readonly #takers = new Set<Taker>()
  readonly #ahead = new ReadAhead()
  readonly #maxBytes: number
  #prefetch = 0
  /** Read, and handed to nobody yet. */
  #stash: readonly StreamEntry[] = none
  /** The delivery of it that has been handed over. */
  #used = 0
  #isOpen = true
  #isFeeding = false
  #cancel: Cancel | undefined

  constructor(deps: IntakeDeps) {
    this.#deps = deps
    this.#maxBytes = jsonBytes(deps.maxFrameBytes)
  }

  get size(): number {
    return this.#takers.size
  }

  has(taker: Taker): boolean {
    return this.#takers.has(taker)
  }

  add(taker: Taker): void {
    this.#takers.add(taker)
    this.#prefetch += taker.prefetch
  }

  delete(taker: Taker): boolean {
    if (!this.#takers.delete(taker)) return false
    this.#prefetch -= taker.prefetch
    return true
  }

  /** How many frames can be taken at once. */
  get room(): number {
    return Math.max(0, this.#sinkRoom - this.#waiting)
  }

  /** How many frames are worth reading. */
  get appetite(): number {
    return this.#isOpen ? Math.max(0, this.#sinkRoom + this.#ahead.frames - this.#waiting) : 0
  }

  /** Nothing is handed over from now on. */
  shut(): void {
    this.#isOpen = false
  }

  open(): void {
    this.#isOpen = true
    this.fed()
  }

  /** Takes out what has been read and handed to nobody. */
  spill(): readonly StreamEntry[] {
    const left = this.#stash.slice(this.#used)
    this.#stash = none
    this.#used = 0
    this.#ahead.stop()
    this.#cancel?.()
    this.#cancel = undefined
    return left
  }

  /** Frames have been read. */
  arrived(entries: readonly StreamEntry[]): void {
    const { clock } = this.#deps
    this.#ahead.began(entries.length, this.#prefetch, clock.elapsed())
    this.#stash = this.#waiting > 0 ? [...this.#stash.slice(this.#used), ...entries] : entries
    this.#used = 0
    this.fed()
    if (this.#waiting > 0 && this.#isOpen) this.#cancel ??= clock.schedule(() => this.#stale(), staleMs)
  }

  /** There is room, perhaps: hands over what waits. */
  fed(): void {
    // A consumer that is handed a frame may have room again within the call.
    if (!this.#isOpen || this.#isFeeding) return
    this.#isFeeding = true
    while (this.#used < this.#stash.length && this.#sinkRoom > 0) {
      const [id, fields] = this.#stash[this.#used++] as StreamEntry
      this.take(id.toString('latin1'), fields, 1)
    }
    this.#isFeeding = false
    if (this.#waiting > 0) return
    this.#stash = none
    this.#used = 0
    this.#ahead.done(this.#sinkRoom, this.#prefetch, this.#deps.clock.elapsed())
  }

  /** Hands over a frame that has come before `deliveries - 1` times under this id. */
  take(id: string, fields: readonly Buffer[], deliveries: number): void {
    const { settlements, clock, onFault } = this.#deps
    const { event, attempts, since } = contentOf(fields)
    const token: Token = { id, attempt: attempts + deliveries, before: attempts, deliveries }
    settlements.hold(id)
    let frame: Frame
    try {
      frame = frameOf(event, { maxBytes: this.#maxBytes, now: clock.now() })
    } catch (error) {
      onFault(error)
      const code = isSmError(error) ? error.code : 'SM_REDIS_ENTRY'
      const message = error instanceof Error ? error.message : ''
      settlements.settle(token, { kind: 'reject', reason: { code, message } })
      return
    }
    this.#roomiest().sink.take(frame, token.attempt, token, this.#ageOf(frame, since ?? Number.parseInt(id, 10)))
  }

  /** By the server, which has numbered the entry with its time: the clocks of sender and receiver need not agree. */
  #ageOf({ header }: Frame, appendedAt: number): number | undefined {
    if (header.expiresAt === undefined) return undefined
    const now = this.#deps.serverNow()
    return now === undefined ? undefined : Math.max(0, now - appendedAt)
  }

  /** Hands over a message that was sent at most once. */
  takeOnce(message: Buffer): void {
    if (this.#takers.size === 0) return
    let frame: Frame
    try {
      frame = readEvent(message, { maxBytes: this.#maxBytes, now: this.#deps.clock.now() })
    } catch (error) {
      this.#deps.onFault(error)
      return
    }
    // A frame that is sent at most once is kept nowhere: it was published just now.
    this.#roomiest().sink.takeOnce(frame, 0)
  }

  get #waiting(): number {
    return this.#stash.length - this.#used
  }

  get #sinkRoom(): number {
    let room = 0
    for (const { sink } of this.#takers) room += sink.room
    return room
  }

  #stale(): void {
    this.#cancel = undefined
    if (!this.#isOpen || this.#waiting === 0) return
    this.#deps.onStale(this.spill())
  }

  #roomiest(): Taker {
    let best: Taker | undefined
    for (const taker of this.#takers) {
      if (best === undefined || taker.sink.room > best.sink.room) best = taker
    }
    return best as Taker
  }
}

/** Dependencies of an intake. */
export interface IntakeDeps {
  readonly clock: Clock
  readonly settlements: Settlements
  readonly maxFrameBytes: number
  /** The time of the server, epoch milliseconds; undefined between two sessions. */
  readonly serverNow: () => number | undefined
  readonly onFault: (error: unknown) => void
  /** Frames were read too early: others may have room for them. */
  readonly onStale: (entries: readonly StreamEntry[]) => void
}
