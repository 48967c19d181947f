import { type SmError, smError } from '../errors/index.ts'
import { Deque } from '../kernel/index.ts'
import type { MessageContext } from './context.ts'
import type { Subscription } from './subscription.ts'

/** A message that a loop over a subscription gets. The first of `ack`, `nack` and `reject` counts. */
export interface ReceivedMessage<Payload> {
  readonly payload: Payload
  readonly context: MessageContext
  /** Says that it is done. Asking for the next message says so too. */
  ack(): void
  /** Says that it failed: it is tried again, as one whose handler threw. */
  nack(reason?: string): void
  /** Says that it will never be done: it is given up, and becomes a dead letter. */
  reject(reason?: string): void
}

interface Held {
  readonly received: ReceivedMessage<unknown>
  readonly done: () => void
  readonly handBack: (error: unknown) => void
}

/**
 * The messages of a subscription without a handler, one by one. A message is done when the next is asked for or
 * `ack()` is called; leaving the loop hands the current one back unless it was acked. A close or stop with a drain lets
 * the loop finish what was accepted for it, and then ends it. `await` it to go on once it is open.
 */
export class MessageStream<Payload> implements AsyncIterableIterator<ReceivedMessage<Payload>> {
  readonly #arrived = new Deque<Held>()
  readonly #asking = new Deque<(result: IteratorResult<ReceivedMessage<Payload>>) => void>()
  #current: Held | undefined
  #subscription: Subscription | undefined
  #ended = false

  /** The subscription that feeds it. */
  get subscription(): Subscription {
    return this.#subscription as Subscription
  }

  /** Same as {@link Subscription.ready}. */
  get ready(): Promise<void> {
    return this.subscription.ready
  }

  /** @internal */
  attach(subscription: Subscription): this {
    this.#subscription = subscription
    return this
  }

  /** Takes a message in; the promise ends when the loop is done with it. @internal */
  push(payload: unknown, context: MessageContext): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(ended())
      const { type } = context.header
      const received: ReceivedMessage<unknown> = {
        payload,
        context,
        ack: resolve,
        nack: reason => reject(refused(`The loop over ${type} handed a message back`, reason, true)),
        reject: reason => reject(refused(`The loop over ${type} gave a message up`, reason, false)),
      }
      this.#arrived.push({ received, done: resolve, handBack: reject })
      this.#hand()
    })
  }

  /** The next message; several calls at once get theirs in turn. */
  next(): Promise<IteratorResult<ReceivedMessage<Payload>>> {
    this.#current?.done()
    this.#current = undefined
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    return new Promise(resolve => {
      this.#asking.push(resolve)
      this.#hand()
    })
  }

  async return(): Promise<IteratorResult<ReceivedMessage<Payload>>> {
    this.#current?.handBack(ended())
    this.#current = undefined
    this.end()
    await this.subscription.close({ drain: false })
    return { value: undefined, done: true }
  }

  /** Ends the loop: what has not been handed out goes back, and the loop may finish what it has. @internal */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const held of this.#arrived.drain()) held.handBack(ended())
    for (const asking of this.#asking.drain()) asking({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => undefined)
  }

  #hand(): void {
    while (this.#asking.length > 0 && this.#arrived.length > 0) {
      const asking = this.#asking.shift() as (result: IteratorResult<ReceivedMessage<Payload>>) => void
      const held = this.#arrived.shift() as Held
      asking({ value: held.received as ReceivedMessage<Payload>, done: false })
      // A caller that has asked for the one behind it already is done with it.
      if (this.#asking.length > 0) held.done()
      else this.#current = held
    }
  }
}

/** Why a message goes back: it is tried again, here or by another member of the group. */
function ended(): SmError {
  return smError('SM_SUBSCRIPTION_CLOSED', 'The loop over the subscription ended before the message was done', {
    retryable: true,
  })
}

function refused(what: string, reason: string | undefined, retryable: boolean): SmError {
  return smError('SM_HANDLER_FAILED', reason === undefined ? what : `${what}: ${reason}`, { retryable })
}
