import type { CloseOptions, Frame, Logger, Transport, TransportSubscription } from '@sm/core/transport'
import type { ControlFrames } from '../control-frame.ts'

/** Followed by the name of a bridge: the topic on which its instances tell each other who awaits replies. */
const topicPrefix = 'sm.bridge.'

/** Words of other instances that are held unsettled; each is settled at once. */
const prefetch = 64

/** What the instances of one bridge tell each other, on the far side: whose replies will come there. */
export class InstanceTalk {
  readonly #deps: InstanceTalkDeps
  readonly #topic: string
  #subscription: TransportSubscription | undefined

  constructor(deps: InstanceTalkDeps) {
    this.#deps = deps
    this.#topic = topicPrefix + deps.bridge
  }

  /** Resolves once the words of others come in. `heard` is called for each; it may throw. */
  open(heard: (replyTo: string, forMs: number) => void): Promise<void> {
    const { transport, bridge, instance } = this.#deps
    const target = { kind: 'pattern', pattern: this.#topic } as const
    // A group of its own for each instance: every word is for all of them.
    const spec = { target, group: `${bridge}/${instance}`, prefetch, durable: false }
    this.#subscription = transport.subscribe(spec, delivery => {
      delivery.ack()
      this.#read(delivery.frame, heard)
    })
    return this.#subscription.ready
  }

  /** Tells the others. A word that is lost costs nothing while this instance lives. */
  tell(replyTo: string, forMs: number): void {
    const { transport, frames, logger, bridge } = this.#deps
    const payload = { replyTo, forMs: Math.round(forMs) }
    const frame = frames.make({ type: this.#topic, payload, to: undefined, correlationId: undefined })
    const unheard = (error: unknown) => logger.debug({ bridge, error }, 'Other instances of a bridge were not told')
    try {
      Promise.resolve(transport.publish(frame, { kind: 'topic', topic: this.#topic })).catch(unheard)
    } catch (error) {
      unheard(error)
    }
  }

  async close(options: CloseOptions): Promise<void> {
    await this.#subscription?.close(options)
  }

  /** Anybody can write to the wire: what is no such word is passed over. */
  #read({ header, body }: Frame, heard: (replyTo: string, forMs: number) => void): void {
    const { bridge, instance, logger } = this.#deps
    if (header.from === `${bridge}/${instance}`) return
    try {
      const word = body.value()
      // Whatever it is, it has these two or is passed over.
      const { replyTo, forMs } = Object(word) as { replyTo?: unknown; forMs?: unknown }
      if (typeof replyTo === 'string' && typeof forMs === 'number' && forMs > 0) heard(replyTo, forMs)
    } catch (error) {
      logger.debug({ bridge, error }, 'A word of another instance of a bridge could not be followed')
    }
  }
}

/** What the talk needs. */
export interface InstanceTalkDeps {
  /** The far side. */
  readonly transport: Transport
  readonly bridge: string
  readonly instance: string
  readonly frames: ControlFrames
  readonly logger: Logger
}
