import type { Msg } from '@nats-io/transport-node'
import type { Publication } from '@sm/brokered'
import type { Address, Cancel, Clock, TransportReceipt } from '@sm/core/transport'
import { Doubts } from './doubts.ts'
import type { Groups } from './groups.ts'
import { type Kept, Lane } from './lane.ts'
import type { Names } from './names.ts'
import { type Answer, readAnswer } from './publish-answer.ts'
import { nobody, noRoom, tooLarge } from './publish-errors.ts'
import { unsafe } from './replicas.ts'
import { lastNumber, type Session } from './session.ts'
import { eventHeaders, toHeaders } from './write-event.ts'

export interface KeptPublisherParts {
  readonly names: Names
  readonly groups: Groups
  readonly clock: Clock
  /** How long the server may take to answer before a frame is sent again, in milliseconds. */
  readonly answerMs: number
  /** The stream is missing. */
  readonly streamMissing: () => void
}

/** Most addresses whose lanes are remembered while nothing is under way on them. */
const maxLanes = 4_096
const firstPauseMs = 20
const longestPauseMs = 500
const sweepMs = 1_000

/** Publishes at least once, to JetStream: many at a time, each with an answer of its own. */
export class KeptPublisher {
  readonly #parts: KeptPublisherParts
  readonly #lanes = new Map<string, Lane>()
  readonly #sent = new Map<number, Kept>()
  readonly #doubts: Doubts
  #session: Session | undefined
  /** Whether the server may lose what several groups want. */
  losesShared = false
  #order = 0
  #number = 0
  #sweep: Cancel | undefined

  constructor(parts: KeptPublisherParts) {
    this.#parts = parts
    this.#doubts = new Doubts({ ...parts, decided: kept => this.#decided(kept) })
  }

  get inFlight(): number {
    return this.#sent.size
  }

  attach(session: Session): void {
    this.#session = session
    this.#doubts.attach(session)
    session.subscribe(`${session.inbox}.j.*`, msg => this.#answered(msg))
  }

  /** Rejects all that is under way, in its order. */
  detach(error: unknown): void {
    this.#session = undefined
    this.#sweep?.()
    this.#sweep = undefined
    const all = [...this.#sent.values(), ...this.#doubts.detach()]
    for (const lane of this.#lanes.values()) all.push(...lane.refused, ...lane.waiting.items())
    for (const [number, kept] of this.#sent) this.#landed(number, kept)
    this.#lanes.clear()
    for (const kept of all.sort((a, b) => a.order - b.order)) kept.reject(error)
  }

  /** The server does not let the user publish to `subject`. */
  denied(subject: string, error: unknown): void {
    for (const [number, kept] of this.#sent) {
      if (kept.lane.subject !== subject) continue
      this.#landed(number, kept)
      kept.reject(error)
    }
  }

  publish(publication: Publication): Promise<TransportReceipt> {
    return new Promise((resolve, reject) => {
      this.#order += 1
      const lane = this.#laneOf(publication.address)
      const kept = { publication, lane, order: this.#order, groups: [], sentAt: 0, retakes: 0, resolve, reject }
      if (lane.doubtful > 0) this.#doubts.add(kept)
      else if (lane.waiting.length > 0 || lane.refused.length > 0 || !this.#admit(kept)) this.#wait(kept)
    })
  }

  #laneOf(address: Address): Lane {
    const key = address.kind === 'topic' ? address.topic : `${address.agent}/${address.instance ?? ''}`
    const found = this.#lanes.get(key)
    if (found) return found
    if (this.#lanes.size >= maxLanes) {
      for (const [name, lane] of this.#lanes) if (lane.isIdle) this.#lanes.delete(name)
    }
    const lane = new Lane(address, this.#parts.names, this.#parts.groups)
    this.#lanes.set(key, lane)
    return lane
  }

  /** Sends a frame, or has it looked for who may want it. False when it must wait for room. */
  #admit(kept: Kept): boolean {
    const { lane } = kept
    const { wanting } = lane
    if (wanting.length === 0 || lane.isExpecting) {
      this.#doubts.add(kept)
      return true
    }
    // A group of which only the name is known may want it, too.
    if (this.losesShared && (lane.isShared || !this.#parts.groups.isComplete)) {
      kept.reject(unsafe(kept.publication))
      return true
    }
    for (const { room } of wanting) {
      if (room.isThere) continue
      room.wait(() => this.#pump(lane))
      return false
    }
    for (const { room } of wanting) room.take()
    kept.groups = wanting
    this.#send(kept)
    return true
  }

  #wait(kept: Kept): void {
    kept.publication.full = true
    kept.lane.waiting.push(kept)
  }

  #pump(lane: Lane): void {
    if (!this.#session || lane.refused.length > 0) return
    for (let next = lane.waiting.peek(); next; next = lane.waiting.peek()) {
      if (!next.publication.abandoned && !this.#admit(next)) break
      lane.waiting.shift()
      if (next.publication.abandoned) next.reject(noRoom(next.publication))
    }
    this.#dropAbandoned(lane)
  }

  /** Whoever gave up waiting makes room among the publishes under way. */
  #dropAbandoned(lane: Lane): void {
    if (!lane.waiting.items().some(({ publication }) => publication.abandoned)) return
    for (const kept of lane.waiting.drain()) {
      if (kept.publication.abandoned) kept.reject(noRoom(kept.publication))
      else lane.waiting.push(kept)
    }
  }

  #send(kept: Kept): void {
    const session = this.#session as Session
    const { publication, lane, retakes } = kept
    const { frame } = publication
    // The same frame may go to several addresses: each is a message of its own to the server.
    const id = `${encodeURIComponent(frame.header.id)}@${lane.subject}${retakes === 0 ? '' : `/${retakes}`}`
    const headers = eventHeaders(frame, `Nats-Msg-Id: ${id}\r\n`)
    const body = frame.body.bytes()
    if (headers.length + body.length > session.maxPayload) {
      kept.reject(tooLarge(publication, headers.length + body.length, session.maxPayload))
      for (const { room } of kept.groups) room.landed()
      return
    }
    this.#number += 1
    kept.sentAt = this.#parts.clock.elapsed()
    publication.sent = true
    lane.inFlight += 1
    this.#sent.set(this.#number, kept)
    session.publish(lane.subject, body, { reply: `${session.inbox}.j.${this.#number}`, headers: toHeaders(headers) })
    this.#sweep ??= this.#parts.clock.schedule(() => this.#lookForSilence(), sweepMs)
  }

  #answered(msg: Msg): void {
    const number = lastNumber(msg.subject)
    const kept = this.#sent.get(number)
    if (!kept) return
    this.#landed(number, kept)
    this.#conclude(kept, readAnswer(msg))
    const { lane } = kept
    if (lane.refused.length > 0 && lane.inFlight === 0) this.#retryLater(lane)
  }

  #landed(number: number, kept: Kept): void {
    this.#sent.delete(number)
    kept.lane.inFlight -= 1
    for (const { room } of kept.groups) room.landed()
  }

  #conclude(kept: Kept, answer: Answer): void {
    const { lane, publication } = kept
    if (answer.kind === 'stored') this.#stored(kept, answer.sequence, answer.isDuplicate)
    else if (answer.kind === 'refused') kept.reject(answer.error)
    else {
      publication.sent = false
      if (answer.kind === 'missing') this.#parts.streamMissing()
      this.#hold(kept, lane)
    }
  }

  #stored(kept: Kept, sequence: number, isDuplicate: boolean): void {
    const { lane } = kept
    const copies = lane.copies(sequence, kept.groups)
    lane.pauseMs = 0
    if (isDuplicate && copies === 0 && lane.wanting.length > 0) {
      // The first of them went nowhere, and that is all the server remembers of it.
      kept.retakes += 1
      this.#hold(kept, lane)
    } else if (!copies && lane.isExpecting) {
      kept.retakes += 1
      kept.publication.sent = false
      this.#doubts.add(kept)
    } else if (copies) kept.resolve({ evidence: 'persisted', copies })
    else this.#unwanted(kept, copies === 0 ? 'failed' : 'unknown')
  }

  #unwanted({ publication, resolve, reject }: Kept, outcome: 'failed' | 'unknown' = 'failed'): void {
    if (publication.address.kind === 'topic') resolve({ evidence: 'none', copies: 0 })
    else reject(nobody(publication, outcome))
  }

  #hold(kept: Kept, lane: Lane): void {
    lane.refused.push(kept)
    lane.refused.sort((a, b) => a.order - b.order)
  }

  /** One at a time, so that those after it stay after it. */
  #retryLater(lane: Lane): void {
    if (lane.isPaused) return
    lane.isPaused = true
    this.#parts.clock.schedule(() => {
      lane.isPaused = false
      this.#retry(lane)
    }, lane.pauseMs)
    lane.pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, lane.pauseMs * 2))
  }

  #retry(lane: Lane): void {
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

  #decided(kept: Kept): void {
    const { lane } = kept
    if (lane.wanting.length === 0) this.#unwanted(kept)
    else {
      this.#wait(kept)
      this.#pump(lane)
    }
  }

  /** The server may have lost what it was to answer: with the same id, sending it again is harmless. */
  #lookForSilence(): void {
    const { clock, answerMs } = this.#parts
    this.#sweep = undefined
    const lanes = new Set<Lane>()
    for (const [number, kept] of this.#sent) {
      if (clock.elapsed() - kept.sentAt < answerMs) break
      this.#landed(number, kept)
      this.#hold(kept, kept.lane)
      lanes.add(kept.lane)
    }
    for (const lane of lanes) if (lane.inFlight === 0) this.#retryLater(lane)
    if (this.#sent.size > 0) this.#sweep = clock.schedule(() => this.#lookForSilence(), sweepMs)
  }
}
