import type { Transport, TransportReceipt } from '../contract/index.ts'
import type { Audience, LivePeers } from '../directory/index.ts'
import type { SmError } from '../errors/index.ts'
import { type Clock, isPromise, type MaybePromise } from '../kernel/index.ts'
import type { DeliveryLevel, Frame, MessageType, RoutePolicy } from '../message/index.ts'
import { type BreakerState, explainPlan, type Plan } from '../routing/index.ts'
import type { FailoverSettings, OutboxSettings } from '../settings/index.ts'
import type { Copies, SentReceipt } from './copies.ts'
import { DirectPublish, type DirectPublishDeps } from './direct-publish.ts'
import { GoingOn } from './going-on.ts'
import { KeyLanes, type KeyTicket } from './key-lanes.ts'
import type { PublishReports } from './publish-reports.ts'
import { receiverOf, type Sending, type Wishes } from './sending.ts'
import { SeveralPublish } from './several-publish.ts'
import { StuckMessages } from './stuck-messages.ts'
import { inTurn, type Turn } from './turns.ts'
import { noQuorum, unrouted } from './unrouted.ts'
import { type Way, Ways } from './ways.ts'
import { Wire, type WireDeps } from './wire.ts'

/** A transport with its place on this agent's ladder. */
export interface RankedTransport {
  readonly transport: Transport
  readonly rank: number
  /** The instances that it tells of. */
  readonly peers: LivePeers
}

/** Sends frames along the way that the plan names. */
export class Sender {
  /** Ways look at it too. */
  readonly #wires: Wire[] = []
  readonly #ways: Ways
  readonly #deps: WireDeps
  readonly #copies: Copies
  readonly #stuck: StuckMessages
  readonly #keys: KeyLanes
  readonly #goingOn: GoingOn
  /** Messages that were spread. */
  #turns = 0
  #isRecalling = false

  constructor(
    ladder: readonly RankedTransport[],
    copies: Copies,
    reports: PublishReports,
    audience: Audience,
    settings: SenderSettings,
  ) {
    const { clock, failover, outbox, route, maxPublishes } = settings
    this.#keys = new KeyLanes(clock, failover.orderMs)
    this.#copies = copies
    this.#goingOn = new GoingOn(maxPublishes, reports)
    this.#deps = { clock, settings: failover, onChange: () => this.#changed() }
    this.#ways = new Ways(this.#wires, { clock, audience, route })
    this.#stuck = new StuckMessages(outbox, this.#ways, clock)
    audience.on('reach', this.#deps.onChange)
    for (const ranked of ladder) this.add(ranked)
  }

  /** Sends by one more transport. */
  add({ transport, rank }: RankedTransport): void {
    const { onChange } = this.#deps
    this.#wires.push(new Wire(transport, rank, this.#deps))
    transport.on('routes', onChange)
    transport.on('state', onChange)
    onChange()
  }

  /** The wire of a transport. */
  wire(name: string): Wire | undefined {
    return this.#wires.find(wire => wire.name === name)
  }

  /** Names of the transports that carry messages to receivers, and take new ones. */
  get carriers(): readonly string[] {
    const carriers = this.#wires.filter(({ transport, isRetired }) => !transport.capabilities.publishOnly && !isRetired)
    return carriers.map(({ name }) => name)
  }

  /** Forgets a transport that has stopped. */
  remove(name: string): void {
    const place = this.#wires.findIndex(wire => wire.name === name)
    for (const wire of place < 0 ? [] : this.#wires.splice(place, 1)) wire.close()
    this.#deps.onChange()
  }

  /** Addresses that a transport does not take, by transport and by address. */
  get breakers(): Readonly<Record<string, Readonly<Record<string, BreakerState>>>> {
    const troubled = this.#wires.filter(({ troubles }) => troubles.size > 0)
    return Object.fromEntries(troubled.map(({ name, troubles }) => [name, Object.fromEntries(troubles)]))
  }

  /** How a message would travel now: as data, and in words by `toString()`. */
  explain(
    message: MessageType,
    delivery: DeliveryLevel,
    to: string | undefined,
    wishes: Wishes,
  ): Plan & { toString(): string } {
    const { plan: found } = this.#ways.find(message, delivery, to, wishes)
    return { ...found, toString: () => explainPlan(found) }
  }

  /**
   * Sends a frame. Throws or rejects with `SM_ROUTE_NONE`, `SM_ROUTE_POLICY`, `SM_REPEAT_UNNOTICED`, `SM_QUORUM_MISSING`,
   * `SM_CAPABILITY_MISSING`, `SM_WIRE_AWAY` or what the last transport said.
   */
  send(message: MessageType, frame: Frame, sending: Sending): MaybePromise<SentReceipt> {
    const way = this.#ways.of(message, frame.header, sending.wishes)
    const { away, working } = way.plan
    // Nearly always all is well, and nothing waits.
    if (away.length > 0 || working === 0 || !way.isSure || this.#stuck.size > 0) {
      const kept = this.#stuck.keep(message, frame, sending, way => this.#sendNow(message, frame, sending, way))
      if (kept) return kept
    }
    return this.#sendNow(message, frame, sending, way)
  }

  /** What waits for a transport that would take it. */
  get outbox(): StuckMessages['content'] {
    return this.#stuck.content
  }

  /** Resolves once nothing waits for a transport that would take it, or when `signal` aborts. */
  drained(signal: AbortSignal): Promise<void> {
    return this.#stuck.drained(signal)
  }

  /** Begins nothing by itself any more: what waits for a transport fails. */
  close(error: SmError): void {
    this.#stuck.close(error)
    for (const wire of this.#wires) wire.close()
  }

  #sendNow(message: MessageType, frame: Frame, sending: Sending, way: Way): MaybePromise<SentReceipt> {
    const receipt = this.#toReceivers(message, frame, sending, way)
    const { archives } = way
    return archives ? this.#copies.send(archives, frame, way.plan.address, sending, receipt) : receipt
  }

  #toReceivers(message: MessageType, frame: Frame, sending: Sending, way: Way): MaybePromise<TransportReceipt> {
    const { wires, names, plan: found } = way
    const [only] = wires
    const isDirect = found.address.kind === 'inbox'
    if (found.quorum !== undefined && found.working < found.quorum) throw noQuorum(found, frame)
    if (!only) return unrouted(way, frame)
    if (wires.length === 1 && !(isDirect && frame.header.key !== undefined && this.#wires.length > 1)) {
      sending.transports = names
      const receipt = only.transport.publish(frame, found.address, sending)
      if (isPromise(receipt)) {
        sending.since = this.#ways.now
        only.hold()
        sending.wire = only
      }
      return receipt
    }
    if (isDirect ? wires.length === 1 || found.mode === 'first' : found.mode === 'first')
      return this.#direct(message, frame, sending, way, only)
    if (found.mode !== 'spread') return new SeveralPublish(way, frame, sending, this.#ways, this.#goingOn).send()
    const turn = frame.header.key ?? this.#turns++
    return this.#direct(message, frame, sending, way, inTurn(way, turn)[0] as Wire, turn)
  }

  /** To one of several wires. Most take it at once: what it takes to move is made only where one does not. */
  #direct(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    way: Way,
    first: Wire,
    turn?: Turn,
  ): MaybePromise<TransportReceipt> {
    const ticket = this.#keys.enter(frame)
    if (ticket) return untilEnd(ticket, () => this.#moving(message, frame, sending, turn, ticket).send())
    if (!way.isSure) return this.#moving(message, frame, sending, turn).send()
    let receipt: MaybePromise<TransportReceipt>
    try {
      receipt = first.transport.publish(frame, way.plan.address, sending)
    } catch (error) {
      return this.#moving(message, frame, sending, turn).failed(first, error)
    }
    if (isPromise(receipt)) return this.#moving(message, frame, sending, turn).begun(first, receipt)
    first.works(receiverOf(frame))
    sending.transports = [first.name]
    return receipt
  }

  #moving(message: MessageType, frame: Frame, sending: Sending, turn?: Turn, ticket?: KeyTicket): DirectPublish {
    const strand: DirectPublishDeps['strand'] = send => this.#stuck.strand(message, frame, sending, send)
    return new DirectPublish(message, frame, sending, { ways: this.#ways, ticket, turn, strand })
  }

  #changed(): void {
    this.#ways.forget()
    this.#stuck.release()
    if (!this.#isRecalling && this.#wires.some(({ isDoubted }) => isDoubted)) this.#recallSoon()
  }

  /** What waits on a wire that does not work may be better off on another. Once for all that changes in this turn. */
  #recallSoon(): void {
    this.#isRecalling = true
    queueMicrotask(() => {
      this.#isRecalling = false
      for (const wire of this.#wires) if (wire.isDoubted) wire.recall()
    })
  }
}

/** The settings of its agent that a sender looks at. */
export interface SenderSettings {
  readonly clock: Clock
  readonly failover: FailoverSettings
  readonly outbox: OutboxSettings
  readonly route: RoutePolicy | undefined
  readonly maxPublishes: number
}

/** Runs a publish that has a place among the messages with its key until it ends. */
function untilEnd(ticket: KeyTicket, run: () => MaybePromise<TransportReceipt>): MaybePromise<TransportReceipt> {
  const end = () => ticket.end()
  try {
    const receipt = run()
    if (isPromise(receipt)) receipt.then(end, end)
    else end()
    return receipt
  } catch (error) {
    end()
    throw error
  }
}
