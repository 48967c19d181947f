import {
  createInbox,
  type Msg,
  type NatsConnection,
  type PublishOptions,
  type Subscription,
} from '@nats-io/transport-node'
import { brokerError } from '@sm/brokered'
import type { SmError } from '@sm/core/transport'
import { formatHost, type NatsHost } from './options.ts'

export interface SessionEvents {
  /** It is over, and was not closed by us. */
  lost(error: SmError): void
  /** The server complains of something that ends nothing. */
  complaint(error: Error): void
}

export interface SubscribeOptions {
  readonly queue?: string
  /** The user may not subscribe to it. */
  readonly onDenied?: (error: unknown) => void
}

/** One connection, from its beginning to its end. What belonged to it ends with it; the next one starts afresh. */
export class Session {
  readonly connection: NatsConnection
  readonly host: NatsHost
  /** The prefix of the subjects of replies to this connection. */
  readonly inbox: string
  readonly #events: SessionEvents
  readonly #trips = new Set<PromiseWithResolvers<void>>()
  readonly #probes = new Map<number, () => void>()
  #probe = 0
  #probing: Subscription | undefined
  #isOver = false
  /** Resolves the flushes of one tick. */
  #flushing: Promise<void> | undefined

  constructor(connection: NatsConnection, host: NatsHost, inboxPrefix: string, events: SessionEvents) {
    this.connection = connection
    this.host = host
    this.inbox = createInbox(inboxPrefix)
    this.#events = events
    void this.#watch()
    void connection.closed().then(error => this.#end(error || undefined))
  }

  get isOpen(): boolean {
    return !this.#isOver
  }

  get maxPayload(): number {
    return this.connection.info?.max_payload ?? 1_048_576
  }

  subscribe(subject: string, callback: (msg: Msg) => void, options: SubscribeOptions = {}): Subscription {
    const { queue, onDenied } = options
    return this.connection.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, msg) => {
        if (!error) callback(msg)
        else onDenied?.(error)
      },
    })
  }

  /** Writes a message with what else is written in this turn. Nothing, when the connection is over. */
  publish(subject: string, data: Uint8Array | string, options?: PublishOptions): void {
    if (!this.#isOver) this.connection.publish(subject, data, options)
  }

  /** Resolves once the server has dealt with all that was sent before, and all that it had sent us before has been read. */
  roundTrip(): Promise<void> {
    if (this.#isOver) return Promise.reject(this.lostError())
    const trip = Promise.withResolvers<void>()
    // The client forgets who waits when the connection ends.
    this.#trips.add(trip)
    this.connection.flush().then(
      () => {
        this.#trips.delete(trip)
        trip.resolve()
      },
      () => undefined,
    )
    return trip.promise
  }

  /** Ends a subscription. Resolves when all that was on its way has come, or can no longer come. */
  async finish(subscription: Subscription): Promise<void> {
    if (this.#isOver) return
    void subscription.drain().catch(() => undefined)
    await this.roundTrip().catch(() => undefined)
  }

  /** As {@link roundTrip}, once for all who ask in one turn. */
  flush(): Promise<void> {
    this.#flushing ??= new Promise((resolve, reject) => {
      process.nextTick(() => {
        this.#flushing = undefined
        this.roundTrip().then(resolve, reject)
      })
    })
    return this.#flushing
  }

  /** Whether nobody subscribes to `subject`. A subscriber gets an empty message. */
  async nobodyAt(subject: string): Promise<boolean> {
    this.#probing ??= this.subscribe(`${this.inbox}.n.*`, ({ subject: reply }) => {
      this.#probes.get(lastNumber(reply))?.()
    })
    this.#probe += 1
    const number = this.#probe
    let isNobody = false
    this.#probes.set(number, () => {
      isNobody = true
    })
    try {
      this.publish(subject, '', { reply: `${this.inbox}.n.${number}` })
      await this.flush()
      return isNobody
    } finally {
      this.#probes.delete(number)
    }
  }

  lostError(cause?: unknown): SmError {
    const at = formatHost(this.host)
    return brokerError('SM_BROKER_LOST', `The connection to the NATS server at ${at} was lost`, {
      details: { host: at, outcome: 'unknown' },
      cause,
    })
  }

  /** Ends it without `lost` being told. */
  async close(): Promise<void> {
    this.#isOver = true
    for (const { reject } of this.#trips) reject(this.lostError())
    this.#trips.clear()
    // A connection that has gone wrong may fail to close; there is nothing left to do about it.
    await this.connection.close().catch(() => undefined)
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'error') this.#events.complaint(status.error)
      // The client would wait for the last bytes to leave, which on a connection that hangs is for ever.
      else if (status.type === 'staleConnection') this.#end(new Error('no answer to its heartbeats'))
      else if (status.type === 'disconnect') this.#end(undefined)
    }
  }

  #end(cause: unknown): void {
    if (this.#isOver) return
    void this.close()
    this.#events.lost(this.lostError(cause))
  }
}

/** The number at the end of a subject. */
export function lastNumber(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf('.') + 1))
}
