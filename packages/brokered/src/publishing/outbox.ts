import {
  type Address,
  abortable,
  type Clock,
  Deadlines,
  type Frame,
  formatAddress,
  isSmError,
  type SignalOptions,
  type SmError,
  type TransportReceipt,
  toOutcomeUnknown,
} from '@sm/core/transport'
import type { Publication } from '../driver.ts'
import { brokerError } from '../errors.ts'
import type { BrokeredSettings } from '../options.ts'
import { Entry, type EntryHost } from './pending-publish.ts'

/** How long a publish goes on before its signal is heeded, in milliseconds: most are done by then. */
const patienceMs = 20

/**
 * The publishes under way, a bounded number of them at the broker. What is to arrive at least once waits through outages, and
 * is repeated when the connection was lost before the broker had answered; everything ends at the latest at its deadline.
 */
export class Outbox implements EntryHost {
  readonly #transport: string
  readonly #clock: Clock
  readonly #settings: OutboxDeps['settings']
  readonly #hand: OutboxDeps['hand']
  readonly #deadlines: Deadlines
  /** Those that a lost connection took away, in the order in which they had left. */
  readonly #lost = new Set<Entry>()
  /** In order. Sets, since who gives up waiting leaves at once. */
  readonly #waiting = new Set<Entry>()
  #inFlight = 0
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
    return this.#inFlight
  }

  /** Publishes that wait for the connection or for others to end. */
  get waiting(): number {
    return this.#waiting.size + this.#lost.size
  }

  publish(frame: Frame, address: Address, options: SignalOptions | undefined): Promise<TransportReceipt> {
    if (!this.#up && frame.header.delivery === 'at-most-once') return Promise.reject(this.#down())
    const entry = new Entry(frame, address, options, this)
    this.#deadlines.add(entry, this.#clock.elapsed() + patienceMs)
    // Who waits leaves as soon as there is room: with room, nobody waits.
    if (this.#hasRoom) this.#send(entry)
    else {
      this.#waiting.add(entry)
      entry.watch()
    }
    return entry.promise
  }

  /** The connection is there: those who waited go first. */
  up(): void {
    this.#up = true
    this.#pump()
  }

  /** The connection is gone. */
  down(): void {
    this.#up = false
    for (const entry of this.#waiting) {
      if (entry.frame.header.delivery === 'at-most-once') this.#fail(entry, this.#down())
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
    for (const entry of [...this.#lost, ...this.#waiting])
      this.#fail(entry, entry.repeated ? toOutcomeUnknown(this.#closed) : this.#closed)
    this.#deadlines.clear()
  }

  waits(entry: Entry): void {
    this.#deadlines.add(entry, this.#clock.elapsed() + this.#settings.publishTimeoutMs - patienceMs)
    entry.watch()
  }

  overdue(entry: Entry): void {
    const { type, id } = entry.frame.header
    const where = formatAddress(entry.address)
    const what = `${type} (${id}) to ${where} was not taken by the broker within ${this.#settings.publishTimeoutMs} ms`
    const code = entry.full ? 'SM_BROKER_FULL' : 'SM_BROKER_TIMEOUT'
    this.#fail(entry, this.#error(code, what, entry.sent ? 'unknown' : 'failed'))
  }

  aborted(entry: Entry, reason: unknown): void {
    this.#fail(entry, reason)
  }

  get #hasRoom(): boolean {
    return this.#up && this.#inFlight < this.#settings.maxInFlight
  }

  #send(entry: Entry): void {
    this.#inFlight += 1
    entry.full = false
    this.#hand(entry).then(
      receipt => {
        if (!entry.abandoned) {
          this.#deadlines.withdraw(entry)
          entry.resolve(receipt)
        }
        this.#landed()
      },
      error => {
        if (!entry.abandoned) this.#refused(entry, error)
        this.#landed()
      },
    )
  }

  #refused(entry: Entry, error: unknown): void {
    const isLost = isSmError(error) && error.code === 'SM_BROKER_LOST'
    if (!isLost || this.#closed || entry.frame.header.delivery === 'at-most-once') {
      // What the broker says of this try says nothing of those before it.
      this.#fail(entry, entry.repeated ? toOutcomeUnknown(error) : error)
      return
    }
    entry.repeated ||= entry.sent
    this.#lost.add(entry)
    entry.watch()
  }

  #landed(): void {
    this.#inFlight -= 1
    this.#pump()
    this.#checkIdle()
  }

  #pump(): void {
    while (this.#hasRoom) {
      const entry = first(this.#lost) ?? first(this.#waiting)
      if (!entry) return
      this.#lost.delete(entry)
      this.#waiting.delete(entry)
      this.#send(entry)
    }
  }

  #fail(entry: Entry, error: unknown): void {
    if (entry.abandoned) return
    this.#deadlines.withdraw(entry)
    this.#lost.delete(entry)
    this.#waiting.delete(entry)
    entry.reject(error)
    this.#checkIdle()
  }

  #checkIdle(): void {
    if (this.#inFlight > 0 || this.waiting > 0) return
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

/** What an outbox has to know. */
export interface OutboxDeps {
  readonly transport: string
  readonly clock: Clock
  readonly settings: Pick<BrokeredSettings, 'maxInFlight' | 'publishTimeoutMs'>
  /** Hands a frame to the broker. */
  readonly hand: (publication: Publication) => Promise<TransportReceipt>
}

function first(entries: ReadonlySet<Entry>): Entry | undefined {
  for (const entry of entries) return entry
  return undefined
}
