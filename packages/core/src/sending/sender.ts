import type { Evidence, SignalOptions, Transport, TransportReceipt } from '../contract/index.ts'
import { describeThrown, isSmError, SmError, smError } from '../errors/index.ts'
import type { MaybePromise } from '../kernel/index.ts'
import {
  type Address,
  type DeliveryLevel,
  type Frame,
  formatAddress,
  type Header,
  type MessageType,
  toInboxAddress,
} from '../message/index.ts'
import { type Candidate, explainPlan, type Plan, plan } from '../routing/index.ts'
import { publishOutcome, toOutcomeUnknown } from '../transport-kit/index.ts'

/** A way that has been planned, with the transports that it names. */
interface Way {
  readonly plan: Plan
  readonly transports: readonly Transport[]
  readonly names: readonly string[]
}

/** One publish, as a transport gets it: where it went is told to whoever publishes. */
export interface Sending extends SignalOptions {
  /** Names of the transports that took it, once it is sent. */
  transports: readonly string[]
}

/** A broadcast that waits for a wire. */
interface Held {
  /** Sends it, if every wire is there. False while one is not. */
  send(): boolean
}

/** A transport with its place on this agent's ladder. */
export interface RankedTransport {
  readonly transport: Transport
  readonly rank: number
}

/** Most addresses whose way is remembered per message type. */
const maxRemembered = 1_000

const evidenceOrder: readonly Evidence[] = ['none', 'sent', 'accepted', 'persisted', 'handled']

/** Sends frames along the way that the plan names, and remembers ways until something changes. */
export class Sender {
  readonly #ladder: readonly RankedTransport[]
  readonly #ways: Readonly<Record<DeliveryLevel, Map<MessageType, Map<string, Way>>>> = {
    'at-most-once': new Map(),
    'at-least-once': new Map(),
  }

  /** Broadcasts that wait for a wire, in order. How many there are is bounded by the publishes of the agent. */
  readonly #held: Held[] = []

  constructor(ladder: readonly RankedTransport[]) {
    this.#ladder = ladder
    for (const { transport } of ladder) {
      transport.on('routes', () => this.#changed())
      transport.on('state', () => this.#changed())
    }
  }

  /** How a message would travel now: as data, and in words by `toString()`. */
  explain(message: MessageType, delivery: DeliveryLevel, to: string | undefined): Plan & { toString(): string } {
    const { plan: found } = this.#find(message, delivery, to)
    return { ...found, toString: () => explainPlan(found) }
  }

  /**
   * Sends a frame. Throws or rejects with `SM_ROUTE_NONE`, `SM_CAPABILITY_MISSING` or what the last transport said.
   */
  send(message: MessageType, frame: Frame, sending: Sending): MaybePromise<TransportReceipt> {
    const way = this.#way(message, frame.header)
    const { plan: found } = way
    if (found.away.length > 0 || this.#held.length > 0) {
      const held = this.#holdBack(message, frame, sending, found)
      if (held) return held
    }
    return this.#sendNow(message, frame, sending, way)
  }

  #sendNow(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    way = this.#way(message, frame.header),
  ): MaybePromise<TransportReceipt> {
    const { transports, names, plan: found } = way
    const only = transports[0]
    if (!only) return this.#unrouted(way, frame)
    if (transports.length > 1 && found.mode === 'first') return this.#first(way, frame, sending)
    sending.transports = names
    return transports.length > 1 ? this.#all(way, frame, sending) : only.publish(frame, found.address, sending)
  }

  /**
   * A broadcast while a transport has lost its wire: at least once it waits for the wire, since nobody knows who subscribes
   * there, and leaves in order once it is back; at most once it goes where it can.
   */
  #holdBack(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    { mode, away, routes }: Plan,
  ): Promise<TransportReceipt> | undefined {
    if (mode === 'first') return undefined
    if (frame.header.delivery === 'at-most-once') {
      if (away.length === 0 || routes.length > 0) return undefined
      throw wireAway(frame, away)
    }
    const { signal } = sending
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const entry: Held = {
        send: () => {
          if (this.#way(message, frame.header).plan.away.length > 0) return false
          signal?.removeEventListener('abort', onAbort)
          try {
            resolve(this.#sendNow(message, frame, sending))
          } catch (error) {
            reject(error)
          }
          return true
        },
      }
      const onAbort = () => {
        this.#held.splice(this.#held.indexOf(entry), 1)
        reject(signal?.reason)
      }
      this.#held.push(entry)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Something has changed: what was held back leaves, in order, as far as its wires are back. */
  #release(): void {
    while (this.#held[0]?.send()) this.#held.shift()
  }

  #way(message: MessageType, { delivery, to }: Header): Way {
    const byMessage = this.#ways[delivery]
    let ways = byMessage.get(message)
    if (!ways) {
      if (byMessage.size === maxRemembered) byMessage.clear()
      ways = new Map()
      byMessage.set(message, ways)
    }
    const key = to ?? ''
    let way = ways.get(key)
    if (!way) {
      way = this.#find(message, delivery, to)
      if (ways.size === maxRemembered) ways.clear()
      ways.set(key, way)
    }
    return way
  }

  #changed(): void {
    for (const ways of Object.values(this.#ways)) ways.clear()
    if (this.#held.length > 0) this.#release()
  }

  #find(message: MessageType, delivery: DeliveryLevel, to: string | undefined): Way {
    const address = addressOf(message, to)
    const candidates: Candidate[] = this.#ladder.map(({ transport, rank }) => ({
      name: transport.name,
      rank,
      state: transport.state,
      capabilities: transport.capabilities,
      routes: transport.routes(address),
    }))
    const found = plan({ delivery, needs: message.needs }, address, candidates)
    const names = found.routes.map(route => route.transport)
    const transports = names.map(
      name => this.#ladder.find(({ transport }) => transport.name === name)?.transport as Transport,
    )
    return { plan: found, transports, names }
  }

  #unrouted({ plan: found }: Way, frame: Frame): TransportReceipt {
    const details = { outcome: 'failed', messageId: frame.header.id }
    const skipped = found.skipped.map(({ transport, reason }) => `${transport} ${reason}`).join('; ')
    const what = `${frame.header.type} cannot go to ${formatAddress(found.address)}: ${skipped}`
    if (found.mode === 'first' && found.away.length > 0) throw wireAway(frame, found.away)
    if (found.lacksCapability) throw smError('SM_CAPABILITY_MISSING', what, { details })
    if (found.mode === 'first') throw smError('SM_ROUTE_NONE', what, { details })
    return { evidence: 'none', copies: 0 }
  }

  /** Tries one after the other, under the same id, until one has it: a receiver that gets it twice handles it once. */
  async #first(
    { plan: { address }, transports, names }: Way,
    frame: Frame,
    sending: Sending,
  ): Promise<TransportReceipt> {
    // The answer of one wire says nothing of those before it.
    let perhaps = false
    for (let i = 0; ; i++) {
      try {
        const receipt = await (transports[i] as Transport).publish(frame, address, sending)
        sending.transports = [names[i] as string]
        return receipt
      } catch (error) {
        const failed = publishOutcome(error) === 'failed'
        perhaps ||= !failed
        const mayRepeat = frame.header.delivery === 'at-least-once' || failed
        if (i + 1 === transports.length || !mayRepeat || sending.signal?.aborted)
          throw perhaps ? toOutcomeUnknown(error) : error
      }
    }
  }

  /** On each that reaches a subscriber. One that fails does not keep the others from it, but the publish has failed. */
  async #all({ plan: { address }, transports, names }: Way, frame: Frame, sending: Sending): Promise<TransportReceipt> {
    const results = await Promise.allSettled(
      transports.map(async transport => transport.publish(frame, address, sending)),
    )
    const failure = results.find(result => result.status === 'rejected')
    if (failure) {
      const taken = names.filter((_, i) => results[i]?.status === 'fulfilled')
      throw taken.length === 0 ? failure.reason : partly(failure.reason, taken)
    }
    return summarize(results.map(result => (result as PromiseFulfilledResult<TransportReceipt>).value))
  }
}

/** Nobody knows who is there. */
function wireAway({ header: { id, type } }: Frame, transports: readonly string[]) {
  return smError('SM_WIRE_AWAY', `${type} cannot be sent: ${transports.join(', ')} lost the wire`, {
    details: { outcome: 'failed', messageId: id, transports },
  })
}

/** The least that is known of all copies. */
function summarize(receipts: readonly TransportReceipt[]): TransportReceipt {
  let copies: number | undefined = 0
  let evidence: Evidence = 'handled'
  for (const receipt of receipts) {
    copies = copies === undefined || receipt.copies === undefined ? undefined : copies + receipt.copies
    if (evidenceOrder.indexOf(receipt.evidence) < evidenceOrder.indexOf(evidence)) evidence = receipt.evidence
  }
  return { evidence, copies }
}

/** The failure of one wire of a broadcast that others have taken. Publishing again under a new id would repeat it there. */
function partly(cause: unknown, taken: readonly string[]): SmError {
  const { code, retryable } = isSmError(cause) ? cause : { code: 'SM_PUBLISH_FAILED', retryable: true }
  const text = `${describeThrown(cause)} (${taken.join(', ')} took the message)`
  return new SmError(code, text, { cause, retryable, details: { outcome: 'unknown', taken } })
}

function addressOf(message: MessageType, to: string | undefined): Address {
  return to === undefined ? { kind: 'topic', topic: message.type } : toInboxAddress(to)
}
