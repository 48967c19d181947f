import { type Address, Deadline, type Frame, type SignalOptions, type TransportReceipt } from '@sm/core/transport'

/** The part that looks after the publishes under way. */
export interface PendingPublishHost {
  /** The broker has it. */
  taken(pending: PendingPublish, receipt: TransportReceipt): void
  /** The broker does not have it, or nobody can know. */
  failed(pending: PendingPublish, error: unknown): void
  /** It has waited for a while: its signal is heeded from now on. */
  waits(pending: PendingPublish): void
  /** Its time is over. */
  overdue(pending: PendingPublish): void
  /** Its signal has aborted. */
  aborted(pending: PendingPublish, reason: unknown): void
}

/** Where a publish is: in the outbox, with the driver, or at its end. */
type State = 'waiting' | 'handed' | 'ended'

/**
 * A publish from the call to its end. The outbox hands it to the driver, maybe several times; the driver says what becomes of
 * it by `written`, `notTaken` and `awaitsRoom`, and ends each try by one of `taken` and `failed`. Whoever published it may give
 * up at any time: then what the driver says makes room for others, and does nothing else any more.
 */
export class PendingPublish extends Deadline {
  readonly frame: Frame
  readonly address: Address
  readonly #host: PendingPublishHost
  readonly #options: SignalOptions | undefined
  #state: State = 'waiting'
  /** Whether the driver has it, and owes an answer. */
  #isOut = false
  #isRepeated = false
  #mayHaveArrived = false
  #awaitsRoom = false
  #receipt: TransportReceipt | undefined
  #error: unknown
  #resolve: ((receipt: TransportReceipt) => void) | undefined
  #reject: ((error: unknown) => void) | undefined
  #signal: AbortSignal | undefined
  #watched = false
  #hasWaited = false

  /** @internal */
  constructor(frame: Frame, address: Address, options: SignalOptions | undefined, host: PendingPublishHost) {
    super()
    this.frame = frame
    this.address = address
    this.#options = options
    this.#host = host
  }

  /** Whether nobody waits for it any more. One that has not been written is to be dropped. */
  get isEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Whether it was on its way before, and a lost connection left open whether it arrived. */
  get isRepeated(): boolean {
    return this.#isRepeated
  }

  /** Whether the broker may have it. */
  get mayHaveArrived(): boolean {
    return this.#mayHaveArrived
  }

  /** Whether it waits for room at the broker. */
  get isHeldBack(): boolean {
    return this.#awaitsRoom
  }

  /** The driver writes it: from now on nobody can know that it did not arrive. */
  written(): void {
    if (this.#state === 'handed') this.#mayHaveArrived = true
    else this.#requireEnded('written')
  }

  /** The broker has said that it did not take what was written. An earlier try may have arrived all the same. */
  notTaken(): void {
    if (this.#state === 'handed') this.#mayHaveArrived = this.#isRepeated
    else this.#requireEnded('not taken')
  }

  /** The broker has no room, and the driver tries again: at its deadline it ends as `SM_BROKER_FULL`. */
  awaitsRoom(): void {
    if (this.#state === 'handed') this.#awaitsRoom = true
    else this.#requireEnded('held back')
  }

  /** The broker has it. Of several answers to one try the first counts. */
  taken(receipt: TransportReceipt): void {
    if (!this.#isOut) return
    this.#isOut = false
    this.#host.taken(this, receipt)
  }

  /**
   * The broker refuses it, or cannot be heard any more: then the code is `SM_BROKER_LOST`, and what is sent at least once is
   * handed over again. Of several answers to one try the first counts.
   */
  failed(error: unknown): void {
    if (!this.#isOut) return
    this.#isOut = false
    this.#host.failed(this, error)
  }

  /** How it has ended, or the promise of it. Asked once. @internal */
  get outcome(): TransportReceipt | Promise<TransportReceipt> {
    if (this.#receipt) return this.#receipt
    if (this.isEnded) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The outbox hands it to the driver. @internal */
  handed(): void {
    if (this.#state !== 'waiting') throw this.#illegal('handed over')
    this.#state = 'handed'
    this.#isOut = true
    this.#awaitsRoom = false
  }

  /** The connection was lost before the broker had answered: it goes back to the outbox. @internal */
  lost(): void {
    if (this.#state !== 'handed') throw this.#illegal('lost')
    this.#state = 'waiting'
    this.#isRepeated ||= this.#mayHaveArrived
    this.watch()
  }

  /** Heeds the signal from now on. To ask for it costs something, so this is done only for those who wait. @internal */
  watch(): void {
    if (this.#watched) return
    this.#watched = true
    this.#signal = this.#options?.signal
    if (this.#signal?.aborted) this.handleEvent()
    else this.#signal?.addEventListener('abort', this, { once: true })
  }

  /** The broker has it. @internal */
  resolve(receipt: TransportReceipt): void {
    this.#end()
    this.#receipt = receipt
    this.#resolve?.(receipt)
  }

  /** It has failed, or nobody waits for it any more. @internal */
  reject(error: unknown): void {
    this.#end()
    this.#error = error
    this.#reject?.(error)
  }

  /** @internal */
  expire(): void {
    if (this.#hasWaited) {
      this.#host.overdue(this)
      return
    }
    // The first time is the end of the patience with which its signal is left alone.
    this.#hasWaited = true
    this.#host.waits(this)
  }

  /** The signal has aborted. @internal */
  handleEvent(): void {
    this.#host.aborted(this, this.#signal?.reason)
  }

  /** Once it has ended, nothing that is said of it matters; before that, only who has it can say something. */
  #requireEnded(next: string): void {
    if (this.#state !== 'ended') throw this.#illegal(next)
  }

  /** A fault of the transport's own code. */
  #illegal(next: string): TypeError {
    return new TypeError(`The publish of ${this.frame.header.id} is ${this.#state} and cannot be ${next}`)
  }

  #end(): void {
    this.#state = 'ended'
    this.#signal?.removeEventListener('abort', this)
  }
}
