import type { ConsumeMessage } from 'amqplib'
import type { ConsumerChannel } from './consumer-channel.ts'
import type { Requeue } from './requeue.ts'

export interface MovesHost {
  readonly requeue: Requeue
  fault(error: unknown): void
}

/** How long a frame that could not be moved is kept before it goes back as it is, in milliseconds. */
const calmMs = 500

/** Messages that are being published again elsewhere, each until it is acked where it was. */
export class Moves {
  readonly #host: MovesHost
  readonly #moving = new Set<Promise<void>>()

  constructor(host: MovesHost) {
    this.#host = host
  }

  /** Acks what has been moved; what could not be moved goes back as it is, but not at once again and again. */
  add(moved: Promise<unknown>, channel: ConsumerChannel, message: ConsumeMessage): void {
    const host = this.#host
    const done = moved.then(
      () => channel.ack(message),
      async error => {
        if (channel.isOver) return
        host.fault(error)
        await host.requeue.pause(calmMs)
        channel.requeue(message)
      },
    )
    this.#moving.add(done)
    void done.finally(() => this.#moving.delete(done))
  }

  /** Resolves when all have ended, or after a moment: what has been published again must be acked, or it comes twice. */
  async end(): Promise<void> {
    const late = new AbortController()
    const patience = this.#host.requeue.pause(calmMs, late.signal).catch(() => undefined)
    if (this.#moving.size > 0) await Promise.race([Promise.allSettled(this.#moving), patience])
    late.abort()
  }
}
