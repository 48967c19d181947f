import { type Address, Deadline, type Frame, type SignalOptions, type TransportReceipt } from '@sm/core/transport'
import type { Publication } from '../driver.ts'

/** Who looks after the publishes under way. */
export interface EntryHost {
  /** It has waited for a while: its signal is heeded from now on. */
  waits(entry: Entry): void
  /** Its time is over. */
  overdue(entry: Entry): void
  /** Its signal has aborted. */
  aborted(entry: Entry, reason: unknown): void
}

/** A publish from the call to its end. */
export class Entry extends Deadline implements Publication {
  readonly frame: Frame
  readonly address: Address
  repeated = false
  sent = false
  full = false
  abandoned = false
  readonly promise: Promise<TransportReceipt>
  readonly #host: EntryHost
  readonly #options: SignalOptions | undefined
  #resolve!: (receipt: TransportReceipt) => void
  #reject!: (error: unknown) => void
  #signal: AbortSignal | undefined
  #watched = false
  #hasWaited = false

  constructor(frame: Frame, address: Address, options: SignalOptions | undefined, host: EntryHost) {
    super()
    this.frame = frame
    this.address = address
    this.#options = options
    this.#host = host
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Heeds the signal from now on. To ask for it costs something, so this is done only for those who wait. */
  watch(): void {
    if (this.#watched) return
    this.#watched = true
    this.#signal = this.#options?.signal
    if (this.#signal?.aborted) this.handleEvent()
    else this.#signal?.addEventListener('abort', this, { once: true })
  }

  resolve(receipt: TransportReceipt): void {
    this.#end()
    this.#resolve(receipt)
  }

  reject(error: unknown): void {
    this.#end()
    this.#reject(error)
  }

  expire(): void {
    if (this.#hasWaited) {
      this.#host.overdue(this)
      return
    }
    // The first time is the end of the patience with which its signal is left alone.
    this.#hasWaited = true
    this.#host.waits(this)
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.#host.aborted(this, this.#signal?.reason)
  }

  #end(): void {
    this.abandoned = true
    this.#signal?.removeEventListener('abort', this)
  }
}
