import type { TransportReceipt } from '../contract/index.ts'
import { isSmError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Frame, MessageType } from '../message/index.ts'
import type { RouteStep } from '../routing/index.ts'
import { publishOutcome } from '../transport-kit/index.ts'
import type { KeyTicket } from './key-lanes.ts'
import { failureOnRoute, isFaultOfWire } from './route-failure.ts'
import { failedStep, takenStep } from './route-steps.ts'
import { receiverOf, type Sending } from './sending.ts'
import { inTurn, type Turn } from './turns.ts'
import { unrouted } from './unrouted.ts'
import type { Way, Ways } from './ways.ts'
import type { Attempt, Wire } from './wire.ts'

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
  readonly #deps: DirectPublishDeps
  #wire: Wire | undefined
  /** Wires that have refused it. */
  #refusedBy: readonly Wire[] = []
  /** Whether somebody may have got it by a wire that it has left. */
  #mayHaveArrived = false
  /** What the wires did that have not taken it. */
  #steps: readonly RouteStep[] = []

  constructor(message: MessageType, frame: Frame, sending: Sending, deps: DirectPublishDeps) {
    this.#message = message
    this.frame = frame
    this.#sending = sending
    this.#deps = deps
    this.#ways = deps.ways
    this.to = receiverOf(frame)
    this.since = deps.ways.now
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
    const wire = this.#choose(way)
    return wire ? this.#by(wire, way) : unrouted(way, this.frame)
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
    if (next) return this.#by(next, way)
    const isPassing = !hasEnded && !this.#mayHaveArrived && isFaultOfWire(error)
    const kept = isPassing ? this.#deps.strand(() => this.#anew()) : undefined
    if (kept) return kept
    throw failureOnRoute(error, this.#mayHaveArrived, this.#steps)
  }

  /** Sends it by whichever wire takes it now. */
  #anew(): MaybePromise<TransportReceipt> {
    this.#refusedBy = []
    return this.send()
  }

  #by(wire: Wire, { plan: { address } }: Way): MaybePromise<TransportReceipt> {
    const turn = this.#deps.ticket?.wait(wire, this.#sending, () => this.send())
    if (turn) {
      wire.withdrawn(this)
      return turn
    }
    this.since = this.#ways.now
    try {
      const receipt = wire.transport.publish(this.frame, address, this.#sending)
      this.#deps.ticket?.sent()
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
    const { turn } = this.#deps
    const wires = turn === undefined ? way.wires : inTurn(way, turn)
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

/** What a publish needs of its sender. */
export interface DirectPublishDeps {
  readonly ways: Ways
  /** Its place among the messages with its key. */
  readonly ticket?: KeyTicket | undefined
  /** Of a message that is spread. */
  readonly turn?: Turn | undefined
  /** Keeps it until a wire would take it, and sends it then; undefined where one would now. */
  readonly strand: (send: () => MaybePromise<TransportReceipt>) => Promise<TransportReceipt> | undefined
}
