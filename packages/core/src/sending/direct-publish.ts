import type { TransportReceipt } from '../contract/index.ts'
import { isSmError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Frame, MessageType } from '../message/index.ts'
import type { RouteStep } from '../routing/index.ts'
import { publishOutcome } from '../transport-kit/index.ts'
import { failureOnRoute } from './route-failure.ts'
import { failedStep, takenStep } from './route-steps.ts'
import { receiverOf, type Sending } from './sending.ts'
import { inTurn, type Turn } from './turns.ts'
import type { Way, Ways } from './ways.ts'
import { type Attempt, isFaultOfWire, type Wire } from './wire.ts'

/**
 * A message to one agent, or a broadcast that one wire brings to all, from its call to its end where several wires could carry it. When a wire fails or takes nothing, the next
 * one gets it under the same id: where nobody can have got it, or where the receiver is sure to notice a repeat.
 */
export class DirectPublish implements Attempt {
  readonly frame: Frame
  readonly to: string
  since: number
  readonly #message: MessageType
  readonly #sending: Sending
  readonly #ways: Ways
  /** Of a message that is spread. */
  readonly #turn: Turn | undefined
  #wire: Wire | undefined
  /** Wires that have refused it. */
  #refusedBy: readonly Wire[] = []
  /** Whether somebody may have got it by a wire that it has left. */
  #mayHaveArrived = false
  /** What the wires did that have not taken it. */
  #steps: readonly RouteStep[] = []

  constructor(message: MessageType, frame: Frame, sending: Sending, ways: Ways, turn?: Turn) {
    this.#message = message
    this.frame = frame
    this.#sending = sending
    this.#ways = ways
    this.#turn = turn
    this.to = receiverOf(frame)
    this.since = ways.now
  }

  mayMove(mayHaveLeft: boolean): boolean {
    if (mayHaveLeft && !this.#isRepeatNoticed) return false
    const next = this.#left(this.#way)[0]
    if (!next || next === this.#wire) return false
    return next.transport.state === 'ready' && next.breaker(this.to) === 'closed'
  }

  /** Sends it by the best wire that has not refused it. */
  send(): MaybePromise<TransportReceipt> {
    const way = this.#way
    return this.#by(this.#choose(way) as Wire, way)
  }

  /** A wire has it, and will tell what became of it. */
  begun(wire: Wire, receipt: Promise<TransportReceipt>): Promise<TransportReceipt> {
    this.#wire = wire
    wire.began(this)
    return receipt.then(
      settled => {
        wire.taken(this, settled.evidence)
        return this.#taken(wire, settled, this.since)
      },
      error => this.failed(wire, error),
    )
  }

  /** A wire has refused it, or nobody can know. */
  failed(wire: Wire, error: unknown): MaybePromise<TransportReceipt> {
    const { hasEnded } = this.#sending
    const isRecalled = isSmError(error) && error.code === 'SM_PUBLISH_RECALLED'
    const unknown = publishOutcome(error) === 'unknown'
    this.#mayHaveArrived ||= unknown
    this.#steps = [...this.#steps, failedStep(wire.name, error)]
    if (!isRecalled) this.#refusedBy = [...this.#refusedBy, wire]
    if (isRecalled || hasEnded || !isFaultOfWire(error)) wire.withdrawn(this)
    else wire.failed(this)
    const way = this.#way
    const next = hasEnded || (unknown && !this.#isRepeatNoticed) ? undefined : this.#choose(way)
    if (!next) throw failureOnRoute(error, this.#mayHaveArrived, this.#steps)
    return this.#by(next, way)
  }

  #by(wire: Wire, { plan: { address } }: Way): MaybePromise<TransportReceipt> {
    this.since = this.#ways.now
    try {
      const receipt = wire.transport.publish(this.frame, address, this.#sending)
      if (isPromise(receipt)) return this.begun(wire, receipt)
      wire.works(this.to)
      return this.#taken(wire, receipt)
    } catch (error) {
      return this.failed(wire, error)
    }
  }

  #taken({ name }: Wire, receipt: TransportReceipt, since?: number): TransportReceipt {
    this.#sending.transports = [name]
    this.#sending.since = since
    if (this.#steps.length > 0) {
      const roundTripMs = since === undefined ? undefined : this.#ways.now - since
      this.#sending.steps = [...this.#steps, takenStep(name, receipt.evidence, roundTripMs)]
    }
    return receipt
  }

  get #way(): Way {
    return this.#ways.of(this.#message, this.frame.header, this.#sending.wishes)
  }

  #left(way: Way): readonly Wire[] {
    const wires = this.#turn === undefined ? way.wires : inTurn(way, this.#turn)
    return this.#refusedBy.length === 0 ? wires : wires.filter(wire => !this.#refusedBy.includes(wire))
  }

  /** The first wire that lets it through; where none does, the first. */
  #choose(way: Way): Wire | undefined {
    const left = this.#left(way)
    return left.find(wire => wire.admits(this)) ?? left[0]
  }

  /** Whether whoever gets it twice is sure to handle it once. */
  get #isRepeatNoticed(): boolean {
    return (
      this.frame.header.delivery === 'at-least-once' && this.#ways.isRepeatNoticed(this.#message, this.frame.header.to)
    )
  }
}
