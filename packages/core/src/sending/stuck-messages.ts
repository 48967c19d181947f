import type { TransportReceipt } from '../contract/index.ts'
import type { SmError } from '../errors/index.ts'
import type { Cancel, Clock, MaybePromise } from '../kernel/index.ts'
import type { Frame, MessageType } from '../message/index.ts'
import type { OutboxSettings } from '../settings/index.ts'
import type { SentReceipt } from './copies.ts'
import { Outbox } from './outbox.ts'
import { receiverOf, type Sending } from './sending.ts'
import { wireAway } from './unrouted.ts'
import type { Way, Ways } from './ways.ts'

/** Messages that no transport would take, in an outbox: which of them wait, and when they are looked at again. */
export class StuckMessages {
  readonly #ways: Ways
  readonly #clock: Clock
  readonly #outbox: Outbox
  /** When they are looked at though nothing was told. */
  #look: { readonly at: number; readonly cancel: Cancel } | undefined

  constructor(settings: OutboxSettings, ways: Ways, clock: Clock) {
    this.#outbox = new Outbox(settings)
    this.#ways = ways
    this.#clock = clock
  }

  get size(): number {
    return this.#outbox.size
  }

  get content(): Outbox['content'] {
    return this.#outbox.content
  }

  /**
   * Keeps a message at least once until a transport would take it; and one behind others like it, so that they leave in order. For a
   * broadcast every transport must be there that may have subscribers. What may be lost goes where it can, or nowhere.
   */
  keep(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    send: (way: Way) => MaybePromise<SentReceipt>,
  ): Promise<SentReceipt> | undefined {
    const now = () => this.#ways.of(message, frame.header, sending.wishes)
    const way = now()
    const { mode, address, away, routes } = way.plan
    const isDirect = address.kind === 'inbox'
    if (isDirect && mode === 'all' && away.length > 0) throw wireAway(frame, away)
    const mayWait = frame.header.delivery === 'at-least-once' || this.#outbox.keepsAll
    if (!mayWait) {
      if (!isDirect && away.length > 0 && routes.length === 0) throw wireAway(frame, away)
      return undefined
    }
    const lane = laneOf(message, frame, sending)
    if (!this.#isStuck(way, frame) && !this.#outbox.isBefore(lane)) return undefined
    return this.#outbox.keep({
      ...{ frame, lane, sending },
      isStuck: () => this.#isStuck(now(), frame),
      send: () => send(now()),
    })
  }

  /** Keeps a message that every transport has refused, and which nobody has got, unless one would take it now. */
  strand(
    message: MessageType,
    frame: Frame,
    sending: Sending,
    send: () => MaybePromise<TransportReceipt>,
  ): Promise<TransportReceipt> | undefined {
    const isStuck = () => this.#isStuck(this.#ways.of(message, frame.header, sending.wishes), frame)
    if (frame.header.delivery === 'at-most-once' || !isStuck()) return undefined
    return this.#outbox.keep({ frame, lane: laneOf(message, frame, sending), sending, isStuck, send })
  }

  /** Something has changed: what can leaves. */
  release(): void {
    if (this.#outbox.size > 0) this.#outbox.release()
  }

  /** Resolves once nothing waits, or when `signal` aborts. */
  drained(signal: AbortSignal): Promise<void> {
    return this.#outbox.drained(signal)
  }

  /** Nothing leaves any more: whatever waits fails. */
  close(error: SmError): void {
    this.#look?.cancel()
    this.#outbox.close(error)
  }

  /** Whether a message that may wait has to. */
  #isStuck({ plan, wires, isGathering, endsAt }: Way, frame: Frame): boolean {
    const { mode, address, away, routes, lacksCapability } = plan
    const isDirect = address.kind === 'inbox'
    if (mode === 'quorum' || (isDirect && mode === 'all')) return false
    const isEnough = isDirect || mode === 'any' ? routes.length > 0 : away.length === 0
    const to = receiverOf(frame)
    const isNobodyThere = away.length > 0 || (isDirect && isGathering && !lacksCapability)
    const isStuck = wires.length > 0 && isEnough ? !wires.some(wire => wire.takes(to)) : isNobodyThere
    if (isStuck) this.#lookAt(endsAt)
    return isStuck
  }

  /** What waits is looked at again by then, whether something is told or not. */
  #lookAt(at: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#look && this.#look.at <= at)) return
    this.#look?.cancel()
    const clock = this.#clock
    const look = () => {
      this.#look = undefined
      this.#outbox.release()
    }
    this.#look = { at, cancel: clock.schedule(look, Math.max(0, at - clock.elapsed())) }
  }
}

/** Messages of one lane have one receiver and may go the same ways. */
function laneOf({ needs, route, via }: MessageType, frame: Frame, { wishes }: Sending): string {
  const { to, delivery } = frame.header
  return JSON.stringify([to, delivery, needs, wishes?.route ?? route, wishes?.via ?? via])
}
