import { brokerError, type Consumption, type Sink } from '@sm/brokered'
import { decodeFrame, type Settlement } from '@sm/core/transport'
import type { Consumer, LoopbackQueue, QueuedFrame, QueueSpec } from './loopback/loopback-queue.ts'
import type { LoopbackSession } from './loopback/loopback-session.ts'

/** One subscription at the broker. It is opened again on every connection. */
export class TemplateBrokeredConsumption implements Consumption<QueuedFrame>, Consumer {
  readonly ready: Promise<void>
  readonly #spec: QueueSpec
  readonly #sink: Sink<QueuedFrame>
  readonly #onFault: (error: unknown) => void
  readonly #onClosed: (consumption: TemplateBrokeredConsumption) => void
  #isReady!: () => void
  #session: LoopbackSession | undefined
  #queue: LoopbackQueue | undefined
  #isClosed = false

  constructor(
    spec: QueueSpec,
    sink: Sink<QueuedFrame>,
    onFault: (error: unknown) => void,
    onClosed: (consumption: TemplateBrokeredConsumption) => void,
  ) {
    this.#spec = spec
    this.#sink = sink
    this.#onFault = onFault
    this.#onClosed = onClosed
    this.ready = new Promise(resolve => {
      this.#isReady = resolve
    })
  }

  /** TODO makes the queue at the broker, binds it, and consumes from it. */
  async open(session: LoopbackSession): Promise<void> {
    const queue = await session.consume(this.#spec, this)
    if (this.#isClosed || session.isEnded) {
      session.cancel(this)
      return
    }
    this.#session = session
    this.#queue = queue
    queue.pump()
    this.#isReady()
  }

  /** The connection is gone: the broker gives what this consumer held to others, or again to this one. */
  lost(): void {
    this.#session = undefined
    this.#queue = undefined
    this.#sink.lost()
  }

  room(): number {
    return this.#queue && this.#session?.isFlowing ? this.#sink.room : 0
  }

  take(entry: QueuedFrame): void {
    const frame = this.#read(entry.bytes)
    if (frame) this.#sink.take(frame, entry.attempt, entry)
    // Nobody will ever be able to read it: away with it, or it would come back for ever.
    else queueMicrotask(() => this.settle(entry, { kind: 'ack' }))
  }

  takeOnce(bytes: Uint8Array): void {
    const frame = this.#read(bytes)
    if (frame) this.#sink.takeOnce(frame)
  }

  settle(entry: QueuedFrame, settlement: Settlement): void {
    this.#queue?.settle(this, entry, settlement)
  }

  more(): void {
    this.#queue?.pump()
  }

  async retire(): Promise<void> {
    await this.#queue?.retire(this)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#onClosed(this)
    // The caller that waits for it need wait no longer.
    this.#isReady()
    this.#session?.cancel(this)
    this.#session = undefined
    this.#queue = undefined
  }

  #read(bytes: Uint8Array) {
    try {
      return decodeFrame(bytes)
    } catch (cause) {
      this.#onFault(brokerError('SM_BROKER_REFUSED', 'The broker brought what is no frame', { cause }))
      return undefined
    }
  }
}
