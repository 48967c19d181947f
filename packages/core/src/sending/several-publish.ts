import type { Evidence, TransportReceipt } from '../contract/index.ts'
import { isSmError, smError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import type { RouteStep } from '../routing/index.ts'
import { publishOutcome } from '../transport-kit/index.ts'
import type { GoingOn } from './going-on.ts'
import { failureOnRoute, isFaultOfWire, partly } from './route-failure.ts'
import { failedStep, takenStep } from './route-steps.ts'
import type { Sending } from './sending.ts'
import type { Way, Ways } from './ways.ts'
import type { Attempt, Wire } from './wire.ts'

const evidenceOrder: readonly Evidence[] = ['none', 'sent', 'accepted', 'persisted', 'handled']

/**
 * A message that goes by several wires at once. Its publish is done when as many have taken it as the plan asks for; one that fails
 * keeps no other from it.
 */
export class SeveralPublish implements Attempt {
  readonly frame: Frame
  readonly to: string
  readonly since: number
  readonly #way: Way
  readonly #sending: Sending
  readonly #ways: Ways
  readonly #goingOn: GoingOn
  /** By wire. */
  readonly #steps: RouteStep[]
  readonly #receipts = new Map<string, TransportReceipt>()
  readonly #errors = new Map<string, unknown>()
  /** Wires that have not answered. */
  #open: number
  #hasEnded = false
  #onAnswer: (() => void) | undefined

  constructor(way: Way, frame: Frame, sending: Sending, ways: Ways, goingOn: GoingOn) {
    this.frame = frame
    this.to = frame.header.to ?? ''
    this.since = ways.now
    this.#way = way
    this.#sending = sending
    this.#ways = ways
    this.#goingOn = goingOn
    this.#open = way.wires.length
    this.#steps = way.names.map(transport => ({ transport }))
  }

  /** It is on every wire already. */
  mayMove(): boolean {
    return false
  }

  send(): MaybePromise<TransportReceipt> {
    for (const [i, wire] of this.#way.wires.entries()) this.#by(wire, i)
    if (this.#open === 0) return this.#end()
    return new Promise((resolve, reject) => {
      this.#onAnswer = () => {
        if (this.#hasEnded || !this.#isOver) return
        try {
          resolve(this.#end())
        } catch (error) {
          reject(error)
        }
      }
      this.#onAnswer()
    })
  }

  #by(wire: Wire, i: number): void {
    if (this.#isDirect) wire.admits(this)
    let receipt: MaybePromise<TransportReceipt>
    try {
      receipt = wire.transport.publish(this.frame, this.#way.plan.address, this.#sending)
    } catch (error) {
      this.#refused(wire, i, error)
      return
    }
    if (!isPromise(receipt)) {
      if (this.#isDirect) wire.works(this.to)
      this.#answered(wire, i, receipt)
      return
    }
    if (this.#isDirect) wire.began(this)
    else wire.hold()
    receipt.then(
      settled => {
        if (this.#isDirect) wire.taken(this, settled.evidence)
        else wire.release()
        this.#answered(wire, i, settled, this.#ways.now - this.since)
      },
      error => {
        if (!this.#isDirect) wire.release()
        this.#refused(wire, i, error)
      },
    )
  }

  #answered({ name }: Wire, i: number, receipt: TransportReceipt, roundTripMs?: number): void {
    this.#receipts.set(name, receipt)
    this.#steps[i] = takenStep(name, receipt.evidence, roundTripMs)
    this.#closed()
  }

  #refused(wire: Wire, i: number, error: unknown): void {
    if (this.#isDirect) {
      if (this.#sending.hasEnded || !isFaultOfWire(error)) wire.withdrawn(this)
      else wire.failed(this)
    }
    this.#steps[i] = failedStep(wire.name, error)
    if (this.#hasEnded) this.#goingOn.failed(this.frame, wire.name, error)
    else this.#errors.set(wire.name, error)
    this.#closed()
  }

  #closed(): void {
    this.#open -= 1
    if (this.#hasEnded && this.#open === 0) this.#goingOn.ended(this.#sending)
    else this.#onAnswer?.()
  }

  /** Wires have breakers for agents, and none for broadcasts. */
  get #isDirect(): boolean {
    return this.#way.plan.address.kind === 'inbox'
  }

  /** Whether enough have taken it: of a broadcast for which nobody was there, none need have. */
  get #isDone(): boolean {
    const { mode, quorum = 1 } = this.#way.plan
    if (mode !== 'all' && this.#taken.length >= quorum) return true
    return mode !== 'quorum' && this.#open === 0 && this.#errors.size === 0
  }

  /** Whether it is done, or never will be. All of them are waited for, so as to tell what became of it. */
  get #isOver(): boolean {
    const { mode, quorum = 1 } = this.#way.plan
    return this.#isDone || this.#open === 0 || (mode !== 'all' && this.#taken.length + this.#open < quorum)
  }

  /** Names of those that have it for somebody. */
  get #taken(): readonly string[] {
    return this.#way.names.filter(name => (this.#receipts.get(name)?.evidence ?? 'none') !== 'none')
  }

  #end(): TransportReceipt {
    const { names, plan } = this.#way
    this.#hasEnded = true
    if (this.#open > 0) this.#goingOn.began(this.#sending)
    this.#sending.transports = names.filter(name => this.#receipts.has(name))
    this.#sending.steps = [...this.#steps]
    if (!this.#isDone) throw this.#failure(this.#sending.steps)
    for (const [name, error] of this.#errors) this.#goingOn.failed(this.frame, name, error)
    return this.#summary(plan.mode === 'all' ? names : this.#taken)
  }

  /** The first failure, with what is known of all: someone may have got what one wire has taken, or may have. */
  #failure(route: readonly RouteStep[]): unknown {
    const taken = this.#taken
    const failures = this.#way.names.filter(name => this.#errors.has(name)).map(name => this.#errors.get(name))
    const isUnknown = this.#open + taken.length > 0 || failures.some(error => publishOutcome(error) === 'unknown')
    if (failures.length === 0) {
      const { quorum } = this.#way.plan
      const what = `${taken.length} of ${quorum} transports took ${this.frame.header.type}: nobody was there on others`
      return smError('SM_QUORUM_MISSING', what, {
        details: { outcome: isUnknown ? 'unknown' : 'failed', quorum, taken, route },
      })
    }
    const [first] = failures
    // Who gives up is told so by their own reason.
    if (this.#sending.hasEnded && !isSmError(first)) return first
    return taken.length > 0 ? partly(first, taken, route) : failureOnRoute(first, isUnknown, route)
  }

  /** The least that is known of the copies that some wires took. */
  #summary(names: readonly string[]): TransportReceipt {
    const receipts = [...this.#receipts.values()]
    let copies: number | undefined = receipts.length === this.#steps.length ? 0 : undefined
    for (const receipt of receipts) {
      copies = copies === undefined || receipt.copies === undefined ? undefined : copies + receipt.copies
    }
    const evidence = names.map(name => evidenceOrder.indexOf(this.#receipts.get(name)?.evidence ?? 'none'))
    return { evidence: evidenceOrder[Math.min(...evidence)] ?? 'none', copies }
  }
}
