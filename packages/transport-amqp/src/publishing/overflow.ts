import { brokerError } from '@sm/brokered'
import {
  type Address,
  type BackoffOptions,
  backoffMs,
  type Cancel,
  type Clock,
  Deque,
  formatAddress,
  type Random,
} from '@sm/core/transport'
import type { PublishAttempt } from './publish-attempt.ts'

const backoff: BackoffOptions = { initialMs: 10, maxMs: 500, factor: 2, jitter: 0.5 }
/** Most publishes that are under way to an address whose queues were full a moment ago. */
const widest = 256

/** The publishes that wait for room at one address. */
interface Gate {
  readonly address: Address
  /** Publishes that were refused, in the order in which they had left. */
  readonly refused: PublishAttempt[]
  /** Publishes that came later. */
  readonly waiting: Deque<PublishAttempt>
  /** Publishes that are being tried. */
  readonly tried: Set<PublishAttempt>
  /** How many are tried at once: it doubles when all of them found room, and falls to one when one did not. */
  window: number
  failures: number
  asking: boolean
  /** A question has found room, and may have taken it: the next try is not preceded by one. */
  asked: boolean
  cancel: Cancel | undefined
}

/**
 * Holds back what is published to an address while one of its queues is full. A refused frame may have found room in other queues,
 * which would get a copy with each try, so it is not tried before the broker has been asked whether there is room. The question is a
 * message, too, that vanishes when it comes to the front: where it has taken the last place, the frame is tried without one.
 */
export class Overflow {
  readonly #deps: OverflowDeps
  readonly #gates = new Map<string, Gate>()

  constructor(deps: OverflowDeps) {
    this.#deps = deps
  }

  /** Addresses that are held back. */
  get size(): number {
    return this.#gates.size
  }

  /** Takes a publish whose address is held back. */
  holds(attempt: PublishAttempt): boolean {
    if (this.#gates.size === 0) return false
    const gate = this.#gateOf(attempt)
    if (!gate) return false
    attempt.since = this.#deps.clock.elapsed()
    markFull(attempt)
    gate.waiting.push(attempt)
    return true
  }

  /** A queue had no room for a publish. */
  refused(attempt: PublishAttempt): void {
    const { clock } = this.#deps
    attempt.since ||= clock.elapsed()
    markFull(attempt)
    const gate = this.#gateOf(attempt) ?? this.#shut(attempt)
    gate.tried.delete(attempt)
    // Most come in order.
    let place = gate.refused.length
    while (place > 0 && (gate.refused[place - 1] as PublishAttempt).order > attempt.order) place -= 1
    gate.refused.splice(place, 0, attempt)
    gate.window = 1
    this.#askLater(gate)
  }

  /** Every queue has taken a publish. */
  accepted(attempt: PublishAttempt): void {
    if (this.#gates.size === 0) return
    const gate = this.#gateOf(attempt)
    if (!gate?.tried.delete(attempt) || gate.tried.size > 0) return
    gate.failures = 0
    gate.asked = false
    gate.window = Math.min(gate.window * 2, widest)
    this.#try(gate)
  }

  /** Forgets everything, and hands out what waited. */
  clear(): PublishAttempt[] {
    const publishes: PublishAttempt[] = []
    for (const gate of this.#gates.values()) {
      gate.cancel?.()
      publishes.push(...gate.refused, ...gate.waiting.drain())
    }
    this.#gates.clear()
    return publishes
  }

  #gateOf({ pending }: PublishAttempt): Gate | undefined {
    return pending && this.#gates.get(formatAddress(pending.address))
  }

  #shut({ pending }: PublishAttempt): Gate {
    const { address } = pending as { address: Address }
    const waiting = new Deque<PublishAttempt>()
    const parts = { address, refused: [], waiting, tried: new Set<PublishAttempt>(), cancel: undefined }
    const gate: Gate = { ...parts, window: 1, failures: 0, asking: false, asked: false }
    this.#gates.set(formatAddress(address), gate)
    return gate
  }

  #askLater(gate: Gate): void {
    if (gate.asking) return
    gate.asking = true
    gate.failures += 1
    const { clock, random } = this.#deps
    gate.cancel = clock.schedule(() => void this.#ask(gate), backoffMs(backoff, gate.failures, random), {
      keepAlive: true,
    })
  }

  async #ask(gate: Gate): Promise<void> {
    this.#dropLate(gate)
    if (this.#isOver(gate)) return
    // A frame to an inbox has no other queues that it would come to twice.
    if (gate.asked || gate.address.kind === 'inbox') {
      gate.asking = false
      gate.asked = false
      this.#try(gate)
      return
    }
    // A connection that is lost clears everything.
    const hasRoom = await this.#deps.probe(gate.address).catch(() => false)
    gate.asking = false
    if (this.#gates.get(formatAddress(gate.address)) !== gate) return
    gate.asked = hasRoom
    if (hasRoom) this.#try(gate)
    else this.#askLater(gate)
  }

  #try(gate: Gate): void {
    while (!gate.asking && gate.tried.size < gate.window) {
      const attempt = gate.refused.shift() ?? gate.waiting.shift()
      if (!attempt) break
      if (attempt.pending?.isEnded) {
        attempt.failed(this.#full(gate.address, attempt))
        continue
      }
      gate.tried.add(attempt)
      this.#deps.send(attempt)
    }
    if (!gate.asking) this.#isOver(gate)
  }

  /** Forgets a gate at which nothing waits. */
  #isOver(gate: Gate): boolean {
    if (gate.tried.size + gate.refused.length + gate.waiting.length > 0) return false
    this.#gates.delete(formatAddress(gate.address))
    return true
  }

  /** Ends those that have waited for too long. */
  #dropLate(gate: Gate): void {
    const before = this.#deps.clock.elapsed() - this.#deps.patienceMs
    const isLate = (attempt: PublishAttempt | undefined) =>
      attempt && (attempt.since <= before || attempt.pending?.isEnded)
    for (const queue of [gate.refused, gate.waiting]) {
      while (isLate(queue instanceof Deque ? queue.peek() : queue[0])) {
        const attempt = queue.shift() as PublishAttempt
        attempt.failed(this.#full(gate.address, attempt))
      }
    }
  }

  #full(address: Address, { pending }: PublishAttempt) {
    const what = `A queue of ${formatAddress(address)} is full, and nobody makes room`
    const outcome = pending?.mayHaveArrived ? 'unknown' : 'failed'
    return brokerError('SM_BROKER_FULL', what, { details: { transport: 'amqp', outcome } })
  }
}

/** Dependencies of an overflow. */
export interface OverflowDeps {
  readonly clock: Clock
  readonly random: Random
  /** How long a frame waits for room before it is refused, in milliseconds. */
  readonly patienceMs: number
  /** Sends a publish. */
  readonly send: (attempt: PublishAttempt) => void
  /** Asks, without sending anything that stays, whether every queue of an address has room. */
  readonly probe: (address: Address) => Promise<boolean>
}

/** A publish that never finds room ends with that reason. */
function markFull({ pending }: PublishAttempt): void {
  pending?.awaitsRoom()
}
