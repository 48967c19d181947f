import {
  type Address,
  abortable,
  type Clock,
  Deadlines,
  type Frame,
  formatAddress,
  isSmError,
  type MaybePromise,
  recalledError,
  type SignalOptions,
  type SmError,
  type TransportReceipt,
  toOutcomeUnknown,
} from '@sm/core/transport'
import { brokerError } from '../errors.ts'
import type { BrokeredSettings } from '../options.ts'
import { PendingPublish, type PendingPublishHost } from './pending-publish.ts'

/** How long a publish goes on before its signal is heeded, in milliseconds: most are done by then. */
const patienceMs = 20

/**
 * The publishes under way, a bounded number of them at the broker. What is to arrive at least once waits through outages, and
 * is repeated when the connection was lost before the broker had answered; everything ends at the latest at its deadline.
 */
export class Outbox implements PendingPublishHost {
  readonly #transport: string
  readonly #clock: Clock
  readonly #settings: OutboxDeps['settings']
  readonly #hand: OutboxDeps['hand']
  readonly #deadlines: Deadlines
  /** Publishes for which the driver owes an answer, in the order in which they were handed over. */
  readonly #handed = new Set<PendingPublish>()
  /** Publishes that a lost connection took away, in the order in which they had left. */
  readonly #lost = new Set<PendingPublish>()
  /** In order. Sets, since who gives up waiting leaves at once. */
  readonly #waiting = new Set<PendingPublish>()
  #isPumping = false
  #up = false
  #closed: SmError | undefined
  #onIdle: (() => void) | undefined

  constructor({ transport, clock, settings, hand }: OutboxDeps) {
    this.#transport = transport
    this.#clock = clock
    this.#settings = settings
    this.#hand = hand
    this.#deadlines = new Deadlines(clock)
  }

  get inFlight(): number {
    return this.#handed.size
  }

  /** Publishes that wait for the connection or for others to end. */
  get waiting(): number {
    return this.#waiting.size + this.#lost.size
  }

  publish(frame: Frame, address: Address, options: SignalOptions | undefined): MaybePromise<TransportReceipt> {
    if (!this.#up && frame.header.delivery === 'at-most-once') return Promise.reject(this.#down())
    const pending = new PendingPublish(frame, address, options, this)
    if (this.#hasRoom && this.waiting === 0) this.#send(pending)
    else {
      this.#waiting.add(pending)
      pending.watch()
    }
    if (!pending.isEnded) this.#deadlines.add(pending, this.#clock.elapsed() + patienceMs)
    return pending.outcome
  }

  /** The connection is there: those who waited go first. */
  up(): void {
    this.#up = true
    this.#pump()
  }

  /** The connection is gone. */
  down(): void {
    this.#up = false
    for (const pending of this.#waiting) {
      if (pending.frame.header.delivery === 'at-most-once') this.#fail(pending, this.#down())
    }
  }

  /** Ends the publishes at least once that `choose` names, in the order in which they were made: another transport takes them over. */
  recall(choose: (frame: Frame, mayHaveLeft: boolean) => boolean): void {
    for (const publishes of [this.#handed, this.#lost, this.#waiting]) {
      for (const pending of publishes) {
        const { frame, mayHaveArrived, isEnded } = pending
        if (isEnded || frame.header.delivery === 'at-most-once' || !choose(frame, mayHaveArrived)) continue
        this.#fail(pending, recalledError(this.#transport, frame, mayHaveArrived))
      }
    }
  }

  /** Resolves when nothing is under way any more, or `signal` aborts. */
  async idle(signal: AbortSignal | undefined): Promise<void> {
    const idle = new Promise<void>(resolve => {
      this.#onIdle = resolve
      this.#checkIdle()
    })
    await abortable(idle, signal).catch(() => undefined)
  }

  /** Ends what is under way, and all that is still to come. */
  close(): void {
    this.#up = false
    this.#closed = this.#error('SM_BROKER_DOWN', `The transport "${this.#transport}" has stopped`, 'failed')
    for (const pending of [...this.#lost, ...this.#waiting])
      this.#fail(pending, pending.isRepeated ? toOutcomeUnknown(this.#closed) : this.#closed)
    this.#deadlines.clear()
  }

  taken(pending: PendingPublish, receipt: TransportReceipt): void {
    if (!pending.isEnded) {
      this.#deadlines.withdraw(pending)
      pending.resolve(receipt)
    }
    this.#landed(pending)
  }

  failed(pending: PendingPublish, error: unknown): void {
    if (!pending.isEnded) this.#refused(pending, error)
    this.#landed(pending)
  }

  waits(pending: PendingPublish): void {
    this.#deadlines.add(pending, this.#clock.elapsed() + this.#settings.publishTimeoutMs - patienceMs)
    pending.watch()
  }

  overdue(pending: PendingPublish): void {
    const { type, id } = pending.frame.header
    const where = formatAddress(pending.address)
    const what = `${type} (${id}) to ${where} was not taken by the broker within ${this.#settings.publishTimeoutMs} ms`
    const code = pending.isHeldBack ? 'SM_BROKER_FULL' : 'SM_BROKER_TIMEOUT'
    this.#fail(pending, this.#error(code, what, pending.mayHaveArrived ? 'unknown' : 'failed'))
  }

  aborted(pending: PendingPublish, reason: unknown): void {
    // Whoever gives up cannot know what has become of it.
    this.#fail(pending, pending.mayHaveArrived ? toOutcomeUnknown(reason) : reason)
  }

  get #hasRoom(): boolean {
    return this.#up && this.#handed.size < this.#settings.maxInFlight
  }

  #send(pending: PendingPublish): void {
    this.#handed.add(pending)
    pending.handed()
    try {
      this.#hand(pending)
    } catch (error) {
      pending.failed(error)
    }
  }

  #refused(pending: PendingPublish, error: unknown): void {
    const isLost = isSmError(error) && error.code === 'SM_BROKER_LOST'
    if (!isLost || this.#closed || pending.frame.header.delivery === 'at-most-once') {
      // The broker's answer to this try says nothing of those before it.
      this.#fail(pending, pending.isRepeated ? toOutcomeUnknown(error) : error)
      return
    }
    this.#lost.add(pending)
    pending.lost()
  }

  #landed(pending: PendingPublish): void {
    this.#handed.delete(pending)
    // Not within the call: the driver may be about to answer for others, or to say that the connection is gone.
    if (this.waiting > 0) this.#pumpSoon()
    else this.#checkIdle()
  }

  #pumpSoon(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    queueMicrotask(() => {
      this.#isPumping = false
      this.#pump()
      this.#checkIdle()
    })
  }

  #pump(): void {
    while (this.#hasRoom) {
      const pending = first(this.#lost) ?? first(this.#waiting)
      if (!pending) return
      this.#lost.delete(pending)
      this.#waiting.delete(pending)
      this.#send(pending)
    }
  }

  #fail(pending: PendingPublish, error: unknown): void {
    if (pending.isEnded) return
    this.#deadlines.withdraw(pending)
    this.#lost.delete(pending)
    this.#waiting.delete(pending)
    pending.reject(error)
    this.#checkIdle()
  }

  #checkIdle(): void {
    if (this.#handed.size > 0 || this.waiting > 0) return
    this.#onIdle?.()
  }

  #down(): SmError {
    if (this.#closed) return this.#closed
    return this.#error('SM_BROKER_DOWN', `The transport "${this.#transport}" has lost its broker`, 'failed')
  }

  #error(
    code: 'SM_BROKER_DOWN' | 'SM_BROKER_FULL' | 'SM_BROKER_TIMEOUT',
    what: string,
    outcome: 'failed' | 'unknown',
  ): SmError {
    return brokerError(code, what, { details: { transport: this.#transport, outcome } })
  }
}

/** Dependencies of an outbox. */
export interface OutboxDeps {
  readonly transport: string
  readonly clock: Clock
  readonly settings: Pick<BrokeredSettings, 'maxInFlight' | 'publishTimeoutMs'>
  /** Hands a frame to the broker, which ends the try by its methods, at once or later. */
  readonly hand: (pending: PendingPublish) => void
}

function first(publishes: ReadonlySet<PendingPublish>): PendingPublish | undefined {
  for (const pending of publishes) return pending
  return undefined
}
