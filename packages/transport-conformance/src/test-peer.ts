import {
  type Address,
  type CloseOptions,
  type Codec,
  createUlids,
  type DeliveryLevel,
  type Frame,
  type Header,
  type Ids,
  type InboxAddress,
  type MaybePromise,
  type Payload,
  type SignalOptions,
  type SubscriptionSpec,
  systemClock,
  systemRandom,
  type Transport,
  type TransportEvents,
  type TransportReceipt,
} from '@sm/core/transport'
import { makeFrame } from './frames.ts'
import { Listener, type OnDelivery } from './listener.ts'
import type { Patience } from './patience.ts'

/** How a peer listens. */
export interface ListenOptions {
  /** Default: the id of its agent. */
  readonly group?: string
  /** Default 64. */
  readonly prefetch?: number
  /** Default false. */
  readonly durable?: boolean
  /** Default: ack at once. */
  readonly onDelivery?: OnDelivery
}

/** The facts that the peers of one environment share. */
export interface PeerSettings {
  readonly patience: Patience
  readonly codec: Codec
  /** The level of its frames unless they say otherwise. */
  readonly level: DeliveryLevel
}

/** One transport with the agent instance it works for, and short ways to use it. */
export class TestPeer {
  readonly transport: Transport
  readonly agent: string
  readonly instance: string
  /** Its changes of state, since before its start. */
  readonly states: TransportEvents['state'][] = []
  readonly #settings: PeerSettings
  readonly #ids: Ids = createUlids(systemClock, systemRandom)

  constructor(transport: Transport, agent: string, instance: string, settings: PeerSettings) {
    this.transport = transport
    this.agent = agent
    this.instance = instance
    this.#settings = settings
    transport.on('state', event => this.states.push(event))
  }

  /** Where its agent is reached. */
  get inbox(): InboxAddress {
    return { kind: 'inbox', agent: this.agent }
  }

  /** Where it alone is reached. */
  get instanceInbox(): InboxAddress {
    return { kind: 'inbox', agent: this.agent, instance: this.instance }
  }

  /** A frame of this agent. */
  frame(address: Address, payload: Payload = null, attributes?: Partial<Header>): Frame {
    const { codec, level: delivery } = this.#settings
    const from = `${this.agent}/${this.instance}`
    return makeFrame({ ids: this.#ids, codec, from, delivery }, address, payload, attributes)
  }

  /** Publishes a frame, as a promise whether the transport makes one or not. */
  async publish(frame: Frame, address: Address, options?: SignalOptions): Promise<TransportReceipt> {
    return this.transport.publish(frame, address, options)
  }

  /** Makes a frame and publishes it within the deadline. */
  async send(address: Address, payload?: Payload, attributes?: Partial<Header>): Promise<Frame> {
    const frame = this.frame(address, payload, attributes)
    await this.#within('a publish resolves', this.publish(frame, address))
    return frame
  }

  /** Sends several frames, one after the other, each with its number as payload. */
  async sendMany(count: number, address: Address, attributes?: Partial<Header>): Promise<Frame[]> {
    const frames: Frame[] = []
    for (let i = 0; i < count; i++) frames.push(await this.send(address, i, attributes))
    return frames
  }

  /**
   * Publishes several frames without waiting for any of them: where a consumer settles nothing a publish may wait for
   * room, and where it stops one may fail.
   */
  post(count: number, address: Address, attributes?: Partial<Header>): Frame[] {
    const frames = Array.from({ length: count }, (_, i) => this.frame(address, i, attributes))
    for (const frame of frames) this.publish(frame, address).catch(() => undefined)
    return frames
  }

  /** The wish of a subscription of this peer. A text is a pattern. */
  spec(target: InboxAddress | string, options: ListenOptions = {}): SubscriptionSpec {
    const { group = this.agent, prefetch = 64, durable = false } = options
    return {
      target: typeof target === 'string' ? { kind: 'pattern', pattern: target } : target,
      group,
      prefetch,
      durable,
    }
  }

  /** Subscribes, and resolves once frames reach the listener. */
  async listen(target: InboxAddress | string, options: ListenOptions = {}): Promise<Listener> {
    const listener = new Listener(options.onDelivery ?? 'ack', this.#settings.patience)
    return listener.attach(this.transport.subscribe(this.spec(target, options), listener.receive))
  }

  start(options?: SignalOptions): Promise<void> {
    return this.#within('start() settles', this.transport.start(options))
  }

  stop(options?: CloseOptions): Promise<void> {
    return this.#within('stop() settles', this.transport.stop(options))
  }

  #within<T>(what: string, promise: MaybePromise<T>): Promise<T> {
    return this.#settings.patience.within(what, promise)
  }
}

/** The address of everyone who subscribes to `type`. */
export function topic(type: string): Address {
  return { kind: 'topic', topic: type }
}
