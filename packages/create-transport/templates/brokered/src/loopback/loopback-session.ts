import type { Clock } from '@sm/core/transport'
import type { Consumer, LoopbackQueue, QueueSpec } from './loopback-queue.ts'
import type { Shipment } from './shipment.ts'

/** The parts of the broker that a session calls. */
export interface SessionHost {
  /** Pending while nothing passes. */
  readonly flowing: Promise<void> | undefined
  /** Resolves to the number of queues that have the frame. */
  ship(shipment: Shipment, session: LoopbackSession): Promise<number>
  join(spec: QueueSpec, consumer: Consumer, clock: Clock): LoopbackQueue
  /** The session has ended. */
  forget(session: LoopbackSession): void
}

/** A client's connection to the loopback broker. */
export class LoopbackSession {
  readonly #broker: SessionHost
  readonly #clock: Clock
  readonly #onLost: () => void
  readonly #consumers = new Map<Consumer, LoopbackQueue>()
  #isEnded = false

  constructor(broker: SessionHost, clock: Clock, onLost: () => void) {
    this.#broker = broker
    this.#clock = clock
    this.#onLost = onLost
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Whether anything passes. */
  get isFlowing(): boolean {
    return this.#broker.flowing === undefined
  }

  async publish(shipment: Shipment): Promise<number> {
    if (!this.isFlowing) await this.#broker.flowing
    return this.#broker.ship(shipment, this)
  }

  async consume(spec: QueueSpec, consumer: Consumer): Promise<LoopbackQueue> {
    await this.#broker.flowing
    if (this.#isEnded) throw new Error('The session has ended')
    const queue = this.#broker.join(spec, consumer, this.#clock)
    this.#consumers.set(consumer, queue)
    return queue
  }

  cancel(consumer: Consumer): void {
    this.#consumers.get(consumer)?.leave(consumer, false)
    this.#consumers.delete(consumer)
  }

  /** Resolves when the broker has answered. */
  async ping(): Promise<void> {
    await this.#broker.flowing
  }

  /** The connection breaks. */
  lose(): void {
    this.end()
    this.#onLost()
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#broker.forget(this)
    for (const [consumer, queue] of this.#consumers) queue.leave(consumer, true)
    this.#consumers.clear()
  }
}
