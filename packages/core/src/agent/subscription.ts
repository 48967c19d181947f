import { smError } from '../errors/index.ts'
import type { CloseOptions } from '../transport/index.ts'
import type { MessageContext } from './context.ts'

/** A handler's place in an agent. */
export class Subscription implements AsyncDisposable {
  /** Resolves once messages published anywhere will reach the handler. Need not be awaited within one process. */
  readonly ready: Promise<void>
  readonly #close: (options: CloseOptions) => Promise<void>
  #closing: Promise<void> | undefined

  constructor(ready: Promise<void>, close: (options: CloseOptions) => Promise<void>) {
    this.ready = ready
    this.#close = close
  }

  /** Takes no more messages and, unless `drain` is false, lets those end that were taken. Idempotent. */
  close(options: CloseOptions = { drain: true }): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A message that a loop over a subscription gets. */
export interface ReceivedMessage<Payload> {
  readonly payload: Payload
  readonly context: MessageContext
  /** Says that it is done. Asking for the next message says so too. */
  ack(): void
}

interface Held {
  readonly received: ReceivedMessage<unknown>
  readonly done: () => void
  readonly handBack: (error: unknown) => void
}

/**
 * The messages of a subscription without a handler, one by one. A message is done when the next is asked for or
 * `ack()` is called; leaving the loop hands the current one back unless it was acked. A close or stop with a drain lets
 * the loop finish what was accepted for it, and then ends it.
 */
export class MessageStream<Payload> implements AsyncIterableIterator<ReceivedMessage<Payload>> {
  readonly #arrived: Held[] = []
  #asking: ((result: IteratorResult<ReceivedMessage<Payload>>) => void) | undefined
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

  attach(subscription: Subscription): this {
    this.#subscription = subscription
    return this
  }

  /** Takes a message in; the promise ends when the loop is done with it. */
  push(payload: unknown, context: MessageContext): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(ended())
      const held: Held = { received: { payload, context, ack: resolve }, done: resolve, handBack: reject }
      this.#arrived.push(held)
      if (this.#asking) this.#hand(this.#asking)
    })
  }

  next(): Promise<IteratorResult<ReceivedMessage<Payload>>> {
    this.#current?.done()
    this.#current = undefined
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    return new Promise(resolve => {
      this.#asking = resolve
      if (this.#arrived.length > 0) this.#hand(resolve)
    })
  }

  async return(): Promise<IteratorResult<ReceivedMessage<Payload>>> {
    this.#current?.handBack(ended())
    this.#current = undefined
    this.end()
    await this.subscription.close({ drain: false })
    return { value: undefined, done: true }
  }

  /** Ends the loop: what has not been handed out goes back, and the loop may finish what it has. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    for (const held of this.#arrived) held.handBack(ended())
    this.#arrived.length = 0
    this.#asking?.({ value: undefined, done: true })
    this.#asking = undefined
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.return().then(() => undefined)
  }

  #hand(asking: (result: IteratorResult<ReceivedMessage<Payload>>) => void): void {
    const held = this.#arrived.shift() as Held
    this.#current = held
    this.#asking = undefined
    asking({ value: held.received as ReceivedMessage<Payload>, done: false })
  }
}

/** Why a message goes back: it is tried again, here or by another member of the group. */
function ended() {
  return smError('SM_SUBSCRIPTION_CLOSED', 'The loop over the subscription ended before the message was done', {
    retryable: true,
  })
}
