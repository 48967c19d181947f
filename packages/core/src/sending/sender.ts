import type { Transport, TransportReceipt } from '../contract/index.ts'
import type { Audience, LivePeers } from '../directory/index.ts'
import { smError } from '../errors/index.ts'
import { type Clock, isPromise, type MaybePromise } from '../kernel/index.ts'
import { type DeliveryLevel, type Frame, formatAddress, type MessageType, type RoutePolicy } from '../message/index.ts'
import { type BreakerState, explainPlan, type Plan, type SkippedRoute } from '../routing/index.ts'
import type { FailoverSettings } from '../settings/index.ts'
import type { Copies, SentReceipt } from './copies.ts'
import { DirectPublish } from './direct-publish.ts'
import { GoingOn } from './going-on.ts'
import { HeldBroadcasts } from './held-broadcasts.ts'
import type { PublishReports } from './publish-reports.ts'
import { receiverOf, type Sending, type Wishes } from './sending.ts'
import { SeveralPublish } from './several-publish.ts'
import { inTurn, type Turn } from './turns.ts'
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
  readonly #held = new HeldBroadcasts()
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
    const { clock, failover, route, maxPublishes } = settings
    this.#copies = copies
    this.#goingOn = new GoingOn(maxPublishes, reports)
    this.#deps = { clock, settings: failover, onChange: () => this.#changed() }
    this.#ways = new Ways(this.#wires, { clock, audience, route })
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
    if (way.plan.away.length > 0 || this.#held.size > 0) {
      const held = this.#holdBack(message, frame, sending, way.plan)
      if (held) return held
    }
    return this.#sendNow(message, frame, sending, way)
  }

  /** Begins nothing by itself any more. */
  close(): void {
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
    if (found.quorum !== undefined && found.working < found.quorum) throw noQuorum(found, frame)
    if (!only) return unrouted(way, frame)
    if (wires.length === 1) {
      sending.transports = names
      const receipt = only.transport.publish(frame, found.address, sending)
      if (isPromise(receipt)) {
        sending.since = this.#ways.now
        only.hold()
        sending.wire = only
      }
      return receipt
    }
    if (found.mode === 'first') return this.#direct(message, frame, sending, way, only)
    if (found.mode !== 'spread') return new SeveralPublish(way, frame, sending, this.#ways, this.#goingOn).send()
    const turn = frame.header.key ?? this.#turns++
    return this.#direct(message, frame, sending, way, inTurn(way, turn)[0] as Wire, turn)
  }

  /** To one of several wires. Most take it at once: what it takes to move comes only where one does not. */
  #direct(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    way: Way,
    first: Wire,
    turn?: Turn,
  ): MaybePromise<TransportReceipt> {
    if (!way.isSure) return new DirectPublish(message, frame, sending, this.#ways, turn).send()
    let receipt: MaybePromise<TransportReceipt>
    try {
      receipt = first.transport.publish(frame, way.plan.address, sending)
    } catch (error) {
      return new DirectPublish(message, frame, sending, this.#ways, turn).failed(first, error)
    }
    if (isPromise(receipt)) return new DirectPublish(message, frame, sending, this.#ways, turn).begun(first, receipt)
    first.works(receiverOf(frame))
    sending.transports = [first.name]
    return receipt
  }

  /**
   * A broadcast while a transport has lost its wire: at least once it waits for the wire, since nobody knows who subscribes
   * there, and leaves in order once it is back; at most once it goes where it can. What needs only some transports waits for none.
   */
  #holdBack(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    { mode, address, away, routes }: Plan,
  ): Promise<SentReceipt> | undefined {
    if (address.kind === 'inbox') {
      if (mode === 'all' && away.length > 0) throw wireAway(frame, away)
      return undefined
    }
    if (mode === 'quorum' || (mode === 'any' && routes.length > 0)) return undefined
    if (frame.header.delivery === 'at-most-once') {
      if (away.length === 0 || routes.length > 0) return undefined
      throw wireAway(frame, away)
    }
    const way = () => this.#ways.of(message, frame.header, sending.wishes)
    return this.#held.hold(
      sending,
      () => way().plan.away.length > 0,
      () => this.#sendNow(message, frame, sending, way()),
    )
  }

  #changed(): void {
    this.#ways.forget()
    if (this.#held.size > 0) this.#held.release()
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
  readonly route: RoutePolicy | undefined
  readonly maxPublishes: number
}

function unrouted({ plan: found }: Way, frame: Frame): TransportReceipt {
  const details = { outcome: 'failed', messageId: frame.header.id }
  const isDirect = found.address.kind === 'inbox'
  const skipped = inWords(found.skipped)
  const what = `${frame.header.type} cannot go to ${formatAddress(found.address)}: ${skipped}`
  if (isDirect && found.away.length > 0) throw wireAway(frame, found.away)
  if (found.lacksCapability) throw smError('SM_CAPABILITY_MISSING', what, { details })
  if (isDirect) throw smError('SM_ROUTE_NONE', what, { details })
  return { evidence: 'none', copies: 0 }
}

function noQuorum({ address, quorum, working, routes, skipped }: Plan, { header: { id, type } }: Frame) {
  const each = inWords([...routes, ...skipped])
  const what = `${type} needs ${quorum} transports to ${formatAddress(address)}, and ${working} work: ${each}`
  return smError('SM_QUORUM_MISSING', what, { details: { outcome: 'failed', messageId: id, quorum, working } })
}

function inWords(transports: readonly SkippedRoute[]): string {
  return transports.map(({ transport, reason }) => `${transport} ${reason}`).join('; ')
}

/** Nobody knows who is there. */
function wireAway({ header: { id, type } }: Frame, transports: readonly string[]) {
  return smError('SM_WIRE_AWAY', `${type} cannot be sent: ${transports.join(', ')} lost the wire`, {
    details: { outcome: 'failed', messageId: id, transports },
  })
}
