import { type SmError, smError } from '../errors/index.ts'
import type { MaybePromise } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'
import type { OutboxSettings } from '../settings/index.ts'
import type { SentReceipt } from './copies.ts'
import type { Sending } from './sending.ts'

/** What an outbox has to know of a message. */
export interface Parting {
  readonly frame: Frame
  /** Messages of one lane leave in order. */
  readonly lane: string
  readonly sending: Sending
  /** Whether no transport would take it now. */
  isStuck(): boolean
  send(): MaybePromise<SentReceipt>
}

/** A message that waits. */
interface PendingPublish {
  readonly parting: Parting
  readonly bytes: number
  /** Sends it, unless it is stuck. Returns whether it is out. */
  leave(): boolean
  refuse(error: unknown): void
}

/**
 * Messages that no transport would take at present. They leave by themselves, in order, once one would. Bounded by their number and
 * their bytes: what finds no room waits for it, is refused, or has the oldest make room that may be lost.
 */
export class Outbox {
  readonly #settings: OutboxSettings
  /** By lane, in order. */
  readonly #lanes = new Map<string, Set<PendingPublish>>()
  /** Those that wait for room, in order. */
  readonly #outside = new Set<PendingPublish>()
  /** Those that may be lost, in order. */
  readonly #losable = new Set<PendingPublish>()
  #messages = 0
  #bytes = 0
  #isReleasing = false
  #hasNews = false
  readonly #onEmpty: Array<() => void> = []

  constructor(settings: OutboxSettings) {
    this.#settings = settings
  }

  /** How many wait, those for room included. */
  get size(): number {
    return this.#messages + this.#outside.size
  }

  /** What is in it. */
  get content(): { readonly messages: number; readonly bytes: number } {
    return { messages: this.#messages, bytes: this.#bytes }
  }

  /** Whether it keeps messages that may be lost. */
  get keepsAll(): boolean {
    return this.#settings.whenFull === 'drop-oldest'
  }

  /** Whether a message of this lane has to wait for others. */
  isBefore(lane: string): boolean {
    if (this.#lanes.has(lane)) return true
    for (const { parting } of this.#outside) if (parting.lane === lane) return true
    return false
  }

  /** Keeps a message until it can be sent, unless its signal aborts before. Rejects with `SM_OUTBOX_FULL`. */
  keep(parting: Parting): Promise<SentReceipt> {
    const { signal } = parting.sending
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const out = () => {
        signal?.removeEventListener('abort', onAbort)
        this.#remove(kept)
      }
      const kept: PendingPublish = {
        parting,
        bytes: parting.frame.body.bytes().byteLength,
        leave: () => {
          try {
            if (parting.isStuck()) return false
            out()
            resolve(parting.send())
          } catch (error) {
            out()
            reject(error)
          }
          return true
        },
        refuse: error => {
          out()
          reject(error)
        },
      }
      const onAbort = () => {
        kept.refuse(signal?.reason)
        this.#admit()
      }
      if (!this.#take(kept)) return reject(this.#full())
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Something has changed: what can leaves. */
  release(): void {
    this.#hasNews = true
    // What leaves may change something again.
    if (this.#isReleasing) return
    this.#isReleasing = true
    while (this.#hasNews) {
      this.#hasNews = false
      for (const lane of [...this.#lanes.values()]) for (const kept of lane) if (!kept.leave()) break
      this.#admit()
    }
    this.#isReleasing = false
  }

  /** Resolves once nothing waits, or when `signal` aborts. */
  async drained(signal: AbortSignal): Promise<void> {
    if (this.size === 0 || signal.aborted) return
    await new Promise<void>(resolve => {
      this.#onEmpty.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Nothing leaves any more: whatever waits fails. */
  close(error: SmError): void {
    for (const lane of [...this.#lanes.values()]) for (const kept of lane) kept.refuse(error)
    for (const kept of this.#outside) kept.refuse(error)
  }

  /** Takes a message in, or has it wait for room. False where neither may be. */
  #take(kept: PendingPublish): boolean {
    const { maxBytes, whenFull } = this.#settings
    if (kept.bytes > maxBytes) return false
    if (whenFull === 'drop-oldest') this.#makeRoom(kept)
    if (this.#outside.size === 0 && this.#hasRoom(kept)) this.#add(kept)
    else if (whenFull === 'wait') this.#outside.add(kept)
    else return false
    return true
  }

  #hasRoom({ bytes }: PendingPublish): boolean {
    const { maxMessages, maxBytes } = this.#settings
    return this.#messages < maxMessages && this.#bytes + bytes <= maxBytes
  }

  /** The oldest that may be lost give way. */
  #makeRoom(kept: PendingPublish): void {
    for (const old of this.#losable) {
      if (this.#hasRoom(kept)) return
      old.refuse(this.#full())
    }
  }

  #add(kept: PendingPublish): void {
    const { lane, frame } = kept.parting
    const others = this.#lanes.get(lane)
    if (others) others.add(kept)
    else this.#lanes.set(lane, new Set([kept]))
    if (frame.header.delivery === 'at-most-once') this.#losable.add(kept)
    this.#messages += 1
    this.#bytes += kept.bytes
  }

  #remove(kept: PendingPublish): void {
    const { lane } = kept.parting
    const others = this.#lanes.get(lane)
    if (others?.delete(kept)) {
      if (others.size === 0) this.#lanes.delete(lane)
      this.#losable.delete(kept)
      this.#messages -= 1
      this.#bytes -= kept.bytes
    } else this.#outside.delete(kept)
    if (this.size === 0) for (const wake of this.#onEmpty.splice(0)) wake()
  }

  /** Those that wait for room come in as far as there is some. */
  #admit(): void {
    for (const kept of this.#outside) {
      if (!this.#hasRoom(kept)) return
      this.#outside.delete(kept)
      this.#add(kept)
      this.#hasNews = true
    }
  }

  #full(): SmError {
    const { maxMessages, maxBytes } = this.#settings
    const what = `No transport takes messages, and the outbox holds ${this.#messages} of ${maxMessages} and ${this.#bytes} of ${maxBytes} bytes`
    return smError('SM_OUTBOX_FULL', what, { details: { outcome: 'failed', maxMessages, maxBytes } })
  }
}
