import type { Consumption, Sink } from '@sm/brokered'
import { type Clock, matchesPattern, type SubscriptionSpec, type Target } from '@sm/core/transport'
import { jsonBytes, readEvent } from '../wire/read-event.ts'
import type { Token } from '../wire/stream-entry.ts'
import type { Subscriber, SubscriberHost } from './subscriber.ts'

/**
 * A subscription to what is sent at most once, of an instance that shares it with nobody: it needs a channel, and neither a queue
 * nor a membership on the server.
 */
export class ChannelListener implements Consumption<Token>, SubscriberHost {
  readonly target: Target
  readonly ready: Promise<void>
  readonly #sink: Sink<Token>
  readonly #deps: ChannelListenerDeps

  constructor(spec: SubscriptionSpec, sink: Sink<Token>, deps: ChannelListenerDeps) {
    this.target = spec.target
    this.#sink = sink
    this.#deps = deps
    this.ready = deps.opened(this)
    this.ready.catch(() => undefined)
  }

  published(place: string, message: Buffer): void {
    const { target } = this
    if (target.kind === 'pattern' && !matchesPattern(target.pattern, place.slice('topic:'.length))) return
    const { clock, maxFrameBytes, onFault } = this.#deps
    try {
      this.#sink.takeOnce(readEvent(message, { maxBytes: jsonBytes(maxFrameBytes), now: clock.now() }), 0)
    } catch (error) {
      onFault(error)
    }
  }

  settle(): void {}

  async retire(): Promise<void> {
    this.#deps.subscriber.remove(this)
  }

  async close(): Promise<void> {
    this.#deps.subscriber.remove(this)
    this.#deps.onClosed(this)
  }
}

export interface ChannelListenerDeps {
  readonly clock: Clock
  readonly maxFrameBytes: number
  readonly subscriber: Subscriber
  /** Resolves once the channel is heard, in this session or a later one. */
  readonly opened: (listener: ChannelListener) => Promise<void>
  readonly onFault: (error: unknown) => void
  readonly onClosed: (listener: ChannelListener) => void
}
