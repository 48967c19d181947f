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
import type { Letter } from './letter.ts'

/** What an overflow has to know. */
export interface OverflowParts {
  readonly clock: Clock
  readonly random: Random
  /** How long a frame waits for room before it is refused, in milliseconds. */
  readonly patienceMs: number
  /** Sends a letter. */
  readonly send: (letter: Letter) => void
  /** Asks, without sending anything that stays, whether every queue of an address has room. */
  readonly probe: (address: Address) => Promise<boolean>
}

const backoff: BackoffOptions = { initialMs: 10, maxMs: 500, factor: 2, jitter: 0.5 }
/** Most letters that are on their way to an address whose queues were full a moment ago. */
const widest = 256

/** What waits for room at one address. */
interface Gate {
  readonly address: Address
  /** Those that were refused, in the order in which they had left. */
  readonly refused: Letter[]
  /** Those that came later. */
  readonly waiting: Deque<Letter>
  /** Those that are being tried. */
  readonly tried: Set<Letter>
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
  readonly #parts: OverflowParts
  readonly #gates = new Map<string, Gate>()

  constructor(parts: OverflowParts) {
    this.#parts = parts
  }

  /** Addresses that are held back. */
  get size(): number {
    return this.#gates.size
  }

  /** Takes a letter whose address is held back. */
  holds(letter: Letter): boolean {
    if (this.#gates.size === 0) return false
    const gate = this.#gateOf(letter)
    if (!gate) return false
    letter.since = this.#parts.clock.elapsed()
    markFull(letter)
    gate.waiting.push(letter)
    return true
  }

  /** A queue had no room for a letter. */
  refused(letter: Letter): void {
    const { clock } = this.#parts
    letter.since ||= clock.elapsed()
    markFull(letter)
    const gate = this.#gateOf(letter) ?? this.#shut(letter)
    gate.tried.delete(letter)
    // Most come in order.
    let place = gate.refused.length
    while (place > 0 && (gate.refused[place - 1] as Letter).order > letter.order) place -= 1
    gate.refused.splice(place, 0, letter)
    gate.window = 1
    this.#askLater(gate)
  }

  /** Every queue has taken a letter. */
  accepted(letter: Letter): void {
    if (this.#gates.size === 0) return
    const gate = this.#gateOf(letter)
    if (!gate?.tried.delete(letter) || gate.tried.size > 0) return
    gate.failures = 0
    gate.asked = false
    gate.window = Math.min(gate.window * 2, widest)
    this.#try(gate)
  }

  /** Forgets everything, and hands out what waited. */
  clear(): Letter[] {
    const letters: Letter[] = []
    for (const gate of this.#gates.values()) {
      gate.cancel?.()
      letters.push(...gate.refused, ...gate.waiting.drain())
    }
    this.#gates.clear()
    return letters
  }

  #gateOf({ publication }: Letter): Gate | undefined {
    return publication && this.#gates.get(formatAddress(publication.address))
  }

  #shut({ publication }: Letter): Gate {
    const { address } = publication as { address: Address }
    const waiting = new Deque<Letter>()
    const parts = { address, refused: [], waiting, tried: new Set<Letter>(), cancel: undefined }
    const gate: Gate = { ...parts, window: 1, failures: 0, asking: false, asked: false }
    this.#gates.set(formatAddress(address), gate)
    return gate
  }

  #askLater(gate: Gate): void {
    if (gate.asking) return
    gate.asking = true
    gate.failures += 1
    const { clock, random } = this.#parts
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
    const hasRoom = await this.#parts.probe(gate.address).catch(() => false)
    gate.asking = false
    if (this.#gates.get(formatAddress(gate.address)) !== gate) return
    gate.asked = hasRoom
    if (hasRoom) this.#try(gate)
    else this.#askLater(gate)
  }

  #try(gate: Gate): void {
    while (!gate.asking && gate.tried.size < gate.window) {
      const letter = gate.refused.shift() ?? gate.waiting.shift()
      if (!letter) break
      if (letter.publication?.abandoned) {
        letter.reject(this.#full(gate.address, letter))
        continue
      }
      gate.tried.add(letter)
      this.#parts.send(letter)
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
    const before = this.#parts.clock.elapsed() - this.#parts.patienceMs
    const isLate = (letter: Letter | undefined) => letter && (letter.since <= before || letter.publication?.abandoned)
    for (const queue of [gate.refused, gate.waiting]) {
      while (isLate(queue instanceof Deque ? queue.peek() : queue[0])) {
        const letter = queue.shift() as Letter
        letter.reject(this.#full(gate.address, letter))
      }
    }
  }

  #full(address: Address, { publication }: Letter) {
    const what = `A queue of ${formatAddress(address)} is full, and nobody makes room`
    const outcome = publication?.sent ? 'unknown' : 'failed'
    return brokerError('SM_BROKER_FULL', what, { details: { transport: 'amqp', outcome } })
  }
}

/** Who waits for it hears why, if it never finds room. */
function markFull({ publication }: Letter): void {
  if (publication) publication.full = true
}
