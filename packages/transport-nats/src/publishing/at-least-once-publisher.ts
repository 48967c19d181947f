import type { Msg } from '@nats-io/transport-node'
import type { FrameFormat, PendingPublish } from '@sm/brokered'
import type { Address, Cancel, Clock } from '@sm/core/transport'
import type { Groups } from '../groups/groups.ts'
import { lastNumber, type Session } from '../session.ts'
import { unsafe } from '../streams/replicas.ts'
import type { Names } from '../wire/names.ts'
import { type Answer, readAnswer } from '../wire/publish-answer.ts'
import { withHeaders, writeEvent } from '../wire/write-event.ts'
import { AddressLane, type PublishAttempt } from './address-lane.ts'
import { nobody, noRoom, tooLarge } from './publish-errors.ts'
import { UnknownReceivers } from './unknown-receivers.ts'

/** Most addresses whose lanes are remembered while nothing is under way on them. */
const maxLanes = 4_096
const firstPauseMs = 20
const longestPauseMs = 500
const sweepMs = 1_000

/** Publishes at least once, to JetStream: many at a time, each with an answer of its own. */
export class AtLeastOncePublisher {
  readonly #deps: AtLeastOncePublisherDeps
  readonly #lanes = new Map<string, AddressLane>()
  readonly #sent = new Map<number, PublishAttempt>()
  readonly #unknown: UnknownReceivers
  #session: Session | undefined
  /** Whether the server may lose what several groups want. */
  losesShared = false
  #order = 0
  #number = 0
  #sweep: Cancel | undefined

  constructor(deps: AtLeastOncePublisherDeps) {
    this.#deps = deps
    this.#unknown = new UnknownReceivers({ ...deps, decided: attempt => this.#decided(attempt) })
  }

  get inFlight(): number {
    return this.#sent.size
  }

  attach(session: Session): void {
    this.#session = session
    this.#unknown.attach(session)
    session.subscribe(`${session.inbox}.j.*`, msg => this.#answered(msg))
  }

  /** Rejects all that is under way, in its order. */
  detach(error: unknown): void {
    this.#session = undefined
    this.#sweep?.()
    this.#sweep = undefined
    const all = [...this.#sent.values(), ...this.#unknown.detach()]
    for (const lane of this.#lanes.values()) all.push(...lane.refused, ...lane.waiting.items())
    for (const [number, attempt] of this.#sent) this.#landed(number, attempt)
    this.#lanes.clear()
    for (const attempt of all.sort((a, b) => a.order - b.order)) attempt.pending.failed(error)
  }

  /** The server does not let the user publish to `subject`. */
  denied(subject: string, error: unknown): void {
    for (const [number, attempt] of this.#sent) {
      if (attempt.lane.subject !== subject) continue
      this.#landed(number, attempt)
      attempt.pending.failed(error)
    }
  }

  publish(pending: PendingPublish): void {
    this.#order += 1
    const lane = this.#laneOf(pending.address)
    const attempt = { pending, lane, order: this.#order, groups: [], sentAt: 0, retakes: 0 }
    if (lane.doubtful > 0) this.#unknown.add(attempt)
    else if (lane.waiting.length > 0 || lane.refused.length > 0 || !this.#admit(attempt)) this.#wait(attempt)
  }

  #laneOf(address: Address): AddressLane {
    const key = address.kind === 'topic' ? address.topic : `${address.agent}/${address.instance ?? ''}`
    const found = this.#lanes.get(key)
    if (found) return found
    if (this.#lanes.size >= maxLanes) {
      for (const [name, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(name)
    }
    const lane = new AddressLane(address, this.#deps.names, this.#deps.groups)
    this.#lanes.set(key, lane)
    return lane
  }

  /** Sends a frame, or has it looked for who may want it. False when it must wait for room. */
  #admit(attempt: PublishAttempt): boolean {
    const { lane } = attempt
    const { wanting } = lane
    if (wanting.length === 0 || lane.isExpecting) {
      this.#unknown.add(attempt)
      return true
    }
    // A group of which only the name is known may want it, too.
    if (this.losesShared && (lane.isShared || !this.#deps.groups.isComplete)) {
      attempt.pending.failed(unsafe(attempt.pending))
      return true
    }
    for (const { room } of wanting) {
      if (room.isThere) continue
      room.wait(() => this.#pump(lane))
      return false
    }
    for (const { room } of wanting) room.take()
    attempt.groups = wanting
    this.#send(attempt)
    return true
  }

  #wait(attempt: PublishAttempt): void {
    attempt.pending.awaitsRoom()
    attempt.lane.waiting.push(attempt)
  }

  #pump(lane: AddressLane): void {
    if (!this.#session || lane.refused.length > 0) return
    for (let next = lane.waiting.peek(); next; next = lane.waiting.peek()) {
      if (!next.pending.isEnded && !this.#admit(next)) break
      lane.waiting.shift()
      if (next.pending.isEnded) next.pending.failed(noRoom(next.pending))
    }
    this.#dropAbandoned(lane)
  }

  /** A publish that was given up makes room among the publishes under way. */
  #dropAbandoned(lane: AddressLane): void {
    if (!lane.waiting.items().some(({ pending }) => pending.isEnded)) return
    for (const attempt of lane.waiting.drain()) {
      if (attempt.pending.isEnded) attempt.pending.failed(noRoom(attempt.pending))
      else lane.waiting.push(attempt)
    }
  }

  #send(attempt: PublishAttempt): void {
    const session = this.#session as Session
    const { pending, lane, retakes } = attempt
    const { frame } = pending
    // The same frame may go to several addresses: each is a message of its own to the server.
    const id = `${encodeURIComponent(frame.header.id)}@${lane.subject}${retakes === 0 ? '' : `/${retakes}`}`
    const { headers, body } = writeEvent(frame, this.#deps.format, `Nats-Msg-Id: ${id}\r\n`)
    if (headers.length + body.length > session.maxPayload) {
      attempt.pending.failed(tooLarge(pending, headers.length + body.length, session.maxPayload))
      for (const { room } of attempt.groups) room.landed()
      return
    }
    this.#number += 1
    attempt.sentAt = this.#deps.clock.elapsed()
    pending.written()
    lane.inFlight += 1
    this.#sent.set(this.#number, attempt)
    session.publish(lane.subject, body, withHeaders(`${session.inbox}.j.${this.#number}`, headers))
    this.#sweep ??= this.#deps.clock.schedule(() => this.#lookForSilence(), sweepMs)
  }

  #answered(msg: Msg): void {
    const number = lastNumber(msg.subject)
    const attempt = this.#sent.get(number)
    if (!attempt) return
    this.#landed(number, attempt)
    this.#conclude(attempt, readAnswer(msg))
    const { lane } = attempt
    if (lane.refused.length > 0 && lane.inFlight === 0) this.#retryLater(lane)
  }

  #landed(number: number, attempt: PublishAttempt): void {
    this.#sent.delete(number)
    attempt.lane.inFlight -= 1
    for (const { room } of attempt.groups) room.landed()
  }

  #conclude(attempt: PublishAttempt, answer: Answer): void {
    const { lane, pending } = attempt
    if (answer.kind === 'stored') this.#stored(attempt, answer.sequence, answer.isDuplicate)
    else if (answer.kind === 'refused') attempt.pending.failed(answer.error)
    else {
      pending.notTaken()
      if (answer.kind === 'missing') this.#deps.streamMissing()
      this.#hold(attempt, lane)
    }
  }

  #stored(attempt: PublishAttempt, sequence: number, isDuplicate: boolean): void {
    const { lane } = attempt
    const copies = lane.copies(sequence, attempt.groups)
    lane.pauseMs = 0
    if (isDuplicate && copies === 0 && lane.wanting.length > 0) {
      // The first of them went nowhere, and that is all the server remembers of it.
      attempt.retakes += 1
      this.#hold(attempt, lane)
    } else if (!copies && lane.isExpecting) {
      attempt.retakes += 1
      attempt.pending.notTaken()
      this.#unknown.add(attempt)
    } else if (copies) attempt.pending.taken({ evidence: 'persisted', copies })
    else this.#unwanted(attempt, copies === 0 ? 'failed' : 'unknown')
  }

  #unwanted({ pending }: PublishAttempt, outcome: 'failed' | 'unknown' = 'failed'): void {
    if (pending.address.kind === 'topic') pending.taken({ evidence: 'none', copies: 0 })
    else pending.failed(nobody(pending, outcome))
  }

  #hold(attempt: PublishAttempt, lane: AddressLane): void {
    lane.refused.push(attempt)
    lane.refused.sort((a, b) => a.order - b.order)
  }

  /** One at a time, so that those after it stay after it. */
  #retryLater(lane: AddressLane): void {
    if (lane.isPaused) return
    lane.isPaused = true
    this.#deps.clock.schedule(() => {
      lane.isPaused = false
      this.#retry(lane)
    }, lane.pauseMs)
    lane.pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, lane.pauseMs * 2))
  }

  #retry(lane: AddressLane): void {
    if (!this.#session || lane.inFlight > 0) return
    for (let next = lane.refused.shift(); next; next = lane.refused.shift()) {
      if (!next.pending.isEnded) {
        for (const { room } of next.groups) room.take()
        this.#send(next)
        return
      }
      next.pending.failed(noRoom(next.pending))
    }
    this.#pump(lane)
  }

  #decided(attempt: PublishAttempt): void {
    const { lane } = attempt
    if (lane.wanting.length === 0) this.#unwanted(attempt)
    else {
      this.#wait(attempt)
      this.#pump(lane)
    }
  }

  /** The server may have lost what it was to answer: with the same id, sending it again is harmless. */
  #lookForSilence(): void {
    const { clock, answerMs } = this.#deps
    this.#sweep = undefined
    const lanes = new Set<AddressLane>()
    for (const [number, attempt] of this.#sent) {
      if (clock.elapsed() - attempt.sentAt < answerMs) break
      this.#landed(number, attempt)
      this.#hold(attempt, attempt.lane)
      lanes.add(attempt.lane)
    }
    for (const lane of lanes) if (lane.inFlight === 0) this.#retryLater(lane)
    if (this.#sent.size > 0) this.#sweep = clock.schedule(() => this.#lookForSilence(), sweepMs)
  }
}

export interface AtLeastOncePublisherDeps {
  readonly names: Names
  readonly groups: Groups
  readonly clock: Clock
  readonly format: FrameFormat
  /** How long the server may take to answer before a frame is sent again, in milliseconds. */
  readonly answerMs: number
  /** The stream is missing. */
  readonly streamMissing: () => void
}
