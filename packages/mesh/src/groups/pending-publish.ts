import { recalledError, type SignalOptions, type TransportReceipt, toOutcomeUnknown } from '@sm/core/transport'
import type { Awaiting, Choose, FrameCopy } from './frame-copy.ts'

/** A publish that waits until a copy has arrived at each group. */
export class PendingPublish implements Awaiting {
  readonly promise: Promise<TransportReceipt>
  readonly #transport: string
  readonly #options: SignalOptions | undefined
  #receipt: TransportReceipt
  readonly #copies: FrameCopy[] = []
  #left: number
  #resolve!: (receipt: TransportReceipt) => void
  #reject!: (error: unknown) => void
  #signal: AbortSignal | undefined

  constructor(transport: string, copies: number, receipt: TransportReceipt, options: SignalOptions | undefined) {
    this.#transport = transport
    this.#left = copies
    this.#receipt = receipt
    this.#options = options
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  add(copy: FrameCopy): void {
    this.#copies.push(copy)
  }

  /** Heeds the signal from now on. To ask for it costs something, so this is done only for those who wait. */
  watch(): void {
    if (this.#left === 0 || this.#signal) return
    this.#signal = this.#options?.signal
    if (this.#signal?.aborted) this.handleEvent()
    else this.#signal?.addEventListener('abort', this, { once: true })
  }

  accepted(): void {
    if (this.#left === 0) return
    this.#left -= 1
    if (this.#left > 0) return
    this.#end()
    this.#resolve(this.#receipt)
  }

  missed(): void {
    const copies = (this.#receipt.copies ?? 1) - 1
    this.#receipt = copies > 0 ? { ...this.#receipt, copies } : { evidence: 'none', copies: 0 }
    this.accepted()
  }

  failed(error: unknown): void {
    if (this.#left === 0) return
    const perhaps = this.#mayHaveLeft
    this.#left = 0
    this.#end()
    this.#reject(perhaps ? toOutcomeUnknown(error) : error)
  }

  recall(choose: Choose): void {
    const [copy] = this.#copies
    const mayHaveLeft = this.#mayHaveLeft
    if (this.#left === 0 || !copy?.reliable || !choose(copy.frame, mayHaveLeft)) return
    for (const each of this.#copies) each.abandon()
    this.failed(recalledError(this.#transport, copy.frame, mayHaveLeft))
  }

  /** A copy that failed for one group may have reached another. */
  get #mayHaveLeft(): boolean {
    return this.#left < this.#copies.length || this.#copies.some(({ isSent, attempt }) => isSent || attempt > 1)
  }

  /** The signal has aborted. */
  handleEvent(): void {
    for (const copy of this.#copies) copy.abandon()
    this.failed(this.#signal?.reason)
  }

  #end(): void {
    this.#signal?.removeEventListener('abort', this)
  }
}
