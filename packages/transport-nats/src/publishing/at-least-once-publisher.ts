import type { Msg } from '@nats-io/transport-node'
import type { Publication } from '@sm/brokered'
import type { Address, Cancel, Clock, TransportReceipt } from '@sm/core/transport'
import type { Groups } from '../groups/groups.ts'
import { lastNumber, type Session } from '../session.ts'
import { unsafe } from '../streams/replicas.ts'
import type { Names } from '../wire/names.ts'
import { type Answer, readAnswer } from '../wire/publish-answer.ts'
import { eventHeaders, toHeaders } from '../wire/write-event.ts'
import { AddressLane, type PendingPublish } from './address-lane.ts'
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
  readonly #sent = new Map<number, PendingPublish>()
  readonly #unknown: UnknownReceivers
  #session: Session | undefined
  /** Whether the server may lose what several groups want. */
  losesShared = false
  #order = 0
  #number = 0
  #sweep: Cancel | undefined

  constructor(deps: AtLeastOncePublisherDeps) {
    this.#deps = deps
    this.#unknown = new UnknownReceivers({ ...deps, decided: pending => this.#decided(pending) })
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
    for (const [number, pending] of this.#sent) this.#landed(number, pending)
    this.#lanes.clear()
    for (const pending of all.sort((a, b) => a.order - b.order)) pending.reject(error)
  }

  /** The server does not let the user publish to `subject`. */
  denied(subject: string, error: unknown): void {
    for (const [number, pending] of this.#sent) {
      if (pending.lane.subject !== subject) continue
      this.#landed(number, pending)
      pending.reject(error)
    }
  }

  publish(publication: Publication): Promise<TransportReceipt> {
    return new Promise((resolve, reject) => {
      this.#order += 1
      const lane = this.#laneOf(publication.address)
      const pending = { publication, lane, order: this.#order, groups: [], sentAt: 0, retakes: 0, resolve, reject }
      if (lane.doubtful > 0) this.#unknown.add(pending)
      else if (lane.waiting.length > 0 || lane.refused.length > 0 || !this.#admit(pending)) this.#wait(pending)
    })
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
  #admit(pending: PendingPublish): boolean {
    const { lane } = pending
    const { wanting } = lane
    if (wanting.length === 0 || lane.isExpecting) {
      this.#unknown.add(pending)
      return true
    }
    // A group of which only the name is known may want it, too.
    if (this.losesShared && (lane.isShared || !this.#deps.groups.isComplete)) {
      pending.reject(unsafe(pending.publication))
      return true
    }
    for (const { room } of wanting) {
      if (room.isThere) continue
      room.wait(() => this.#pump(lane))
      return false
    }
    for (const { room } of wanting) room.take()
    pending.groups = wanting
    this.#send(pending)
    return true
  }

  #wait(pending: PendingPublish): void {
    pending.publication.full = true
    pending.lane.waiting.push(pending)
  }

  #pump(lane: AddressLane): void {
    if (!this.#session || lane.refused.length > 0) return
    for (let next = lane.waiting.peek(); next; next = lane.waiting.peek()) {
      if (!next.publication.abandoned && !this.#admit(next)) break
      lane.waiting.shift()
      if (next.publication.abandoned) next.reject(noRoom(next.publication))
    }
    this.#dropAbandoned(lane)
  }

  /** Whoever gave up waiting makes room among the publishes under way. */
  #dropAbandoned(lane: AddressLane): void {
    if (!lane.waiting.items().some(({ publication }) => publication.abandoned)) return
    for (const pending of lane.waiting.drain()) {
      if (pending.publication.abandoned) pending.reject(noRoom(pending.publication))
      else lane.waiting.push(pending)
    }
  }

  #send(pending: PendingPublish): void {
    const session = this.#session as Session
    const { publication, lane, retakes } = pending
    const { frame } = publication
    // The same frame may go to several addresses: each is a message of its own to the server.
    const id = `${encodeURIComponent(frame.header.id)}@${lane.subject}${retakes === 0 ? '' : `/${retakes}`}`
    const headers = eventHeaders(frame, `Nats-Msg-Id: ${id}\r\n`)
    const body = frame.body.bytes()
    if (headers.length + body.length > session.maxPayload) {
      pending.reject(tooLarge(publication, headers.length + body.length, session.maxPayload))
      for (const { room } of pending.groups) room.landed()
      return
    }
    this.#number += 1
    pending.sentAt = this.#deps.clock.elapsed()
    publication.sent = true
    lane.inFlight += 1
    this.#sent.set(this.#number, pending)
    session.publish(lane.subject, body, { reply: `${session.inbox}.j.${this.#number}`, headers: toHeaders(headers) })
    this.#sweep ??= this.#deps.clock.schedule(() => this.#lookForSilence(), sweepMs)
  }

  #answered(msg: Msg): void {
    const number = lastNumber(msg.subject)
    const pending = this.#sent.get(number)
    if (!pending) return
    this.#landed(number, pending)
    this.#conclude(pending, readAnswer(msg))
    const { lane } = pending
    if (lane.refused.length > 0 && lane.inFlight === 0) this.#retryLater(lane)
  }

  #landed(number: number, pending: PendingPublish): void {
    this.#sent.delete(number)
    pending.lane.inFlight -= 1
    for (const { room } of pending.groups) room.landed()
  }

  #conclude(pending: PendingPublish, answer: Answer): void {
    const { lane, publication } = pending
    if (answer.kind === 'stored') this.#stored(pending, answer.sequence, answer.isDuplicate)
    else if (answer.kind === 'refused') pending.reject(answer.error)
    else {
      publication.sent = false
      if (answer.kind === 'missing') this.#deps.streamMissing()
      this.#hold(pending, lane)
    }
  }

  #stored(pending: PendingPublish, sequence: number, isDuplicate: boolean): void {
    const { lane } = pending
    const copies = lane.copies(sequence, pending.groups)
    lane.pauseMs = 0
    if (isDuplicate && copies === 0 && lane.wanting.length > 0) {
      // The first of them went nowhere, and that is all the server remembers of it.
      pending.retakes += 1
      this.#hold(pending, lane)
    } else if (!copies && lane.isExpecting) {
      pending.retakes += 1
      pending.publication.sent = false
      this.#unknown.add(pending)
    } else if (copies) pending.resolve({ evidence: 'persisted', copies })
    else this.#unwanted(pending, copies === 0 ? 'failed' : 'unknown')
  }

  #unwanted({ publication, resolve, reject }: PendingPublish, outcome: 'failed' | 'unknown' = 'failed'): void {
    if (publication.address.kind === 'topic') resolve({ evidence: 'none', copies: 0 })
    else reject(nobody(publication, outcome))
  }

  #hold(pending: PendingPublish, lane: AddressLane): void {
    lane.refused.push(pending)
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
      if (!next.publication.abandoned) {
        for (const { room } of next.groups) room.take()
        this.#send(next)
        return
      }
      next.reject(noRoom(next.publication))
    }
    this.#pump(lane)
  }

  #decided(pending: PendingPublish): void {
    const { lane } = pending
    if (lane.wanting.length === 0) this.#unwanted(pending)
    else {
      this.#wait(pending)
      this.#pump(lane)
    }
  }

  /** The server may have lost what it was to answer: with the same id, sending it again is harmless. */
  #lookForSilence(): void {
    const { clock, answerMs } = this.#deps
    this.#sweep = undefined
    const lanes = new Set<AddressLane>()
    for (const [number, pending] of this.#sent) {
      if (clock.elapsed() - pending.sentAt < answerMs) break
      this.#landed(number, pending)
      this.#hold(pending, pending.lane)
      lanes.add(pending.lane)
    }
    for (const lane of lanes) if (lane.inFlight === 0) this.#retryLater(lane)
    if (this.#sent.size > 0) this.#sweep = clock.schedule(() => this.#lookForSilence(), sweepMs)
  }
}

export interface AtLeastOncePublisherDeps {
  readonly names: Names
  readonly groups: Groups
  readonly clock: Clock
  /** How long the server may take to answer before a frame is sent again, in milliseconds. */
  readonly answerMs: number
  /** The stream is missing. */
  readonly streamMissing: () => void
}
