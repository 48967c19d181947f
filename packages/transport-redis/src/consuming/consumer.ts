import type { Consumption, Sink } from '@sm/brokered'
import type { Settlement } from '@sm/core/transport'
import type { Token } from '../wire/stream-entry.ts'

/** The queue that a consumer belongs to. */
export interface ConsumerHost {
  begin(token: Token): Promise<number>
  settle(token: Token, settlement: Settlement): void
  more(): void
  retire(consumer: Consumer): Promise<void>
  close(consumer: Consumer, unsettled: readonly Token[]): Promise<void>
}

/** One subscription of this side to a queue. Almost always a queue has one. */
export class Consumer implements Consumption<Token> {
  readonly sink: Sink<Token>
  readonly prefetch: number
  readonly ready: Promise<void>
  readonly #queue: ConsumerHost

  constructor(queue: ConsumerHost, sink: Sink<Token>, prefetch: number, ready: Promise<void>) {
    this.#queue = queue
    this.sink = sink
    this.prefetch = prefetch
    this.ready = ready
  }

  begin(token: Token): Promise<number> {
    return this.#queue.begin(token)
  }

  settle(token: Token, settlement: Settlement): void {
    this.#queue.settle(token, settlement)
  }

  more(): void {
    this.#queue.more()
  }

  retire(): Promise<void> {
    return this.#queue.retire(this)
  }

  close(unsettled: readonly Token[]): Promise<void> {
    return this.#queue.close(this, unsettled)
  }
}
