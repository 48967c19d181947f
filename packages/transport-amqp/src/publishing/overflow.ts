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
import type { PendingPublish } from './pending-publish.ts'

const backoff: BackoffOptions = { initialMs: 10, maxMs: 500, factor: 2, jitter: 0.5 }
/** Most publishes that are under way to an address whose queues were full a moment ago. */
const widest = 256

/** What waits for room at one address. */
interface Gate {
  readonly address: Address
  /** Those that were refused, in the order in which they had left. */
  readonly refused: PendingPublish[]
  /** Those that came later. */
  readonly waiting: Deque<PendingPublish>
  /** Those that are being tried. */
  readonly tried: Set<PendingPublish>
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
  holds(pending: PendingPublish): boolean {
    if (this.#gates.size === 0) return false
    const gate = this.#gateOf(pending)
    if (!gate) return false
    pending.since = this.#deps.clock.elapsed()
    markFull(pending)
    gate.waiting.push(pending)
    return true
  }

  /** A queue had no room for a publish. */
  refused(pending: PendingPublish): void {
    const { clock } = this.#deps
    pending.since ||= clock.elapsed()
    markFull(pending)
    const gate = this.#gateOf(pending) ?? this.#shut(pending)
    gate.tried.delete(pending)
    // Most come in order.
    let place = gate.refused.length
    while (place > 0 && (gate.refused[place - 1] as PendingPublish).order > pending.order) place -= 1
    gate.refused.splice(place, 0, pending)
    gate.window = 1
    this.#askLater(gate)
  }

  /** Every queue has taken a publish. */
  accepted(pending: PendingPublish): void {
    if (this.#gates.size === 0) return
    const gate = this.#gateOf(pending)
    if (!gate?.tried.delete(pending) || gate.tried.size > 0) return
    gate.failures = 0
    gate.asked = false
    gate.window = Math.min(gate.window * 2, widest)
    this.#try(gate)
  }

  /** Forgets everything, and hands out what waited. */
  clear(): PendingPublish[] {
    const publishes: PendingPublish[] = []
    for (const gate of this.#gates.values()) {
      gate.cancel?.()
      publishes.push(...gate.refused, ...gate.waiting.drain())
    }
    this.#gates.clear()
    return publishes
  }

  #gateOf({ publication }: PendingPublish): Gate | undefined {
    return publication && this.#gates.get(formatAddress(publication.address))
  }

  #shut({ publication }: PendingPublish): Gate {
    const { address } = publication as { address: Address }
    const waiting = new Deque<PendingPublish>()
    const parts = { address, refused: [], waiting, tried: new Set<PendingPublish>(), cancel: undefined }
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
      const pending = gate.refused.shift() ?? gate.waiting.shift()
      if (!pending) break
      if (pending.publication?.abandoned) {
        pending.reject(this.#full(gate.address, pending))
        continue
      }
      gate.tried.add(pending)
      this.#deps.send(pending)
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
    const isLate = (pending: PendingPublish | undefined) =>
      pending && (pending.since <= before || pending.publication?.abandoned)
    for (const queue of [gate.refused, gate.waiting]) {
      while (isLate(queue instanceof Deque ? queue.peek() : queue[0])) {
        const pending = queue.shift() as PendingPublish
        pending.reject(this.#full(gate.address, pending))
      }
    }
  }

  #full(address: Address, { publication }: PendingPublish) {
    const what = `A queue of ${formatAddress(address)} is full, and nobody makes room`
    const outcome = publication?.sent ? 'unknown' : 'failed'
    return brokerError('SM_BROKER_FULL', what, { details: { transport: 'amqp', outcome } })
  }
}

/** What an overflow needs. */
export interface OverflowDeps {
  readonly clock: Clock
  readonly random: Random
  /** How long a frame waits for room before it is refused, in milliseconds. */
  readonly patienceMs: number
  /** Sends a publish. */
  readonly send: (pending: PendingPublish) => void
  /** Asks, without sending anything that stays, whether every queue of an address has room. */
  readonly probe: (address: Address) => Promise<boolean>
}

/** Who waits for it hears why, if it never finds room. */
function markFull({ publication }: PendingPublish): void {
  if (publication) publication.full = true
}
