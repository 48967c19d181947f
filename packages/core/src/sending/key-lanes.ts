import type { TransportReceipt } from '../contract/index.ts'
import type { Clock, MaybePromise } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import { receiverOf, type Sending } from './sending.ts'
import type { Wire } from './wire.ts'

/** The publishes under way that have one receiver, type and key, in order. */
interface KeyLane {
  readonly tickets: Set<KeyTicket>
  /** How many of them are on each wire; on none are those that wait. */
  readonly onWire: Map<Wire | undefined, number>
  /** Those that wait are being looked at, and something has changed meanwhile. */
  isWaking: boolean
  hasNews: boolean
}

/**
 * Keeps the order of messages with a key when some of them move to another wire: one waits until those before it are on its own wire, or have
 * ended. It does not wait for ever: `orderMs` later it goes, and its receiver is told by its number that others may come after it.
 */
export class KeyLanes {
  readonly #lanes = new Map<string, KeyLane>()
  readonly #clock: Clock
  readonly #orderMs: number

  constructor(clock: Clock, orderMs: number) {
    this.#clock = clock
    this.#orderMs = orderMs
  }

  /** A place behind all that are under way; undefined for a message without a key, and for one that may be lost. */
  enter(frame: Frame): KeyTicket | undefined {
    const { key, type, delivery } = frame.header
    if (key === undefined || delivery === 'at-most-once') return undefined
    const name = `${receiverOf(frame)} ${type} ${key}`
    let lane = this.#lanes.get(name)
    if (!lane) {
      lane = { tickets: new Set(), onWire: new Map(), isWaking: false, hasNews: false }
      this.#lanes.set(name, lane)
    }
    return new KeyTicket(lane, this.#clock, this.#orderMs, () => this.#lanes.delete(name))
  }
}

/** The place of one message among those with its key. */
export class KeyTicket {
  readonly #lane: KeyLane
  readonly #clock: Clock
  readonly #orderMs: number
  readonly #onEmpty: () => void
  #wire: Wire | undefined
  #isLate = false
  /** When it goes whatever is before it, by `Clock.elapsed`. */
  #lateAt: number | undefined
  #resume: (() => void) | undefined

  constructor(lane: KeyLane, clock: Clock, orderMs: number, onEmpty: () => void) {
    this.#lane = lane
    this.#clock = clock
    this.#orderMs = orderMs
    this.#onEmpty = onEmpty
    lane.tickets.add(this)
    this.#count(undefined, 1)
  }

  /** Takes the place on a wire and returns undefined, or waits until it may, and returns what becomes of it then. */
  wait(
    wire: Wire,
    { signal }: Sending,
    again: () => MaybePromise<TransportReceipt>,
  ): Promise<TransportReceipt> | undefined {
    const isBehind = !this.#isLate && this.#isBehindOthers(wire)
    this.#moveTo(isBehind ? undefined : wire)
    if (!isBehind) return undefined
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      this.#lateAt ??= this.#clock.elapsed() + this.#orderMs
      const end = (how: () => void) => {
        cancel()
        signal?.removeEventListener('abort', onAbort)
        this.#resume = undefined
        how()
      }
      const go = () => {
        try {
          resolve(again())
        } catch (error) {
          reject(error)
        }
      }
      const onAbort = () => end(() => reject(signal?.reason))
      const late = () => {
        this.#isLate = true
        end(go)
      }
      const cancel = this.#clock.schedule(late, Math.max(0, this.#lateAt - this.#clock.elapsed()))
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#resume = () => end(go)
    })
  }

  /** The wire has it: those behind it may follow. */
  sent(): void {
    this.#wake()
  }

  /** The publish has ended. */
  end(): void {
    const { tickets } = this.#lane
    if (!tickets.delete(this)) return
    this.#count(this.#wire, -1)
    if (tickets.size === 0) this.#onEmpty()
    else this.#wake()
  }

  /** Whether one before it is on another wire, or waits. */
  #isBehindOthers(wire: Wire): boolean {
    const { onWire, tickets } = this.#lane
    const here = (onWire.get(wire) ?? 0) + (this.#wire === wire ? 0 : 1)
    if (here === tickets.size) return false
    for (const ticket of tickets) {
      if (ticket === this) return false
      if (ticket.#wire !== wire) return true
    }
    return false
  }

  #moveTo(wire: Wire | undefined): void {
    if (wire === this.#wire) return
    this.#count(this.#wire, -1)
    this.#count(wire, 1)
    this.#wire = wire
  }

  #count(wire: Wire | undefined, by: 1 | -1): void {
    const { onWire } = this.#lane
    const count = (onWire.get(wire) ?? 0) + by
    if (count === 0) onWire.delete(wire)
    else onWire.set(wire, count)
  }

  /** The first that waits looks again. Those behind it look when it is on a wire. */
  #wake(): void {
    const lane = this.#lane
    lane.hasNews = true
    if (lane.isWaking) return
    lane.isWaking = true
    while (lane.hasNews && lane.onWire.has(undefined)) {
      lane.hasNews = false
      for (const ticket of lane.tickets) {
        if (ticket.#wire !== undefined) continue
        ticket.#resume?.()
        break
      }
    }
    lane.isWaking = false
  }
}
