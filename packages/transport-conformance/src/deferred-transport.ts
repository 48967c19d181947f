import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type Delivery,
  type Frame,
  type MaybePromise,
  type Route,
  type SignalOptions,
  type SubscriptionSpec,
  type Transport,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportState,
  type TransportSubscription,
} from '@sm/core/transport'

/**
 * A transport that is still being made, for agents, who take theirs at once: one in another process is made when that
 * process runs. It is there when its start has begun, and must not be used before.
 */
export class DeferredTransport implements Transport {
  readonly name: string
  readonly #capabilities: Capabilities
  readonly #events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
  readonly #made: Promise<Transport>
  #transport: Transport | undefined

  constructor(name: string, capabilities: Capabilities, made: Promise<Transport>) {
    this.name = name
    this.#capabilities = capabilities
    this.#made = made.then(transport => this.#adopt(transport))
    // Told to whoever starts or stops it.
    this.#made.catch(() => undefined)
  }

  get capabilities(): Capabilities {
    return this.#transport?.capabilities ?? this.#capabilities
  }

  get state(): TransportState {
    return this.#transport?.state ?? 'idle'
  }

  async start(options?: SignalOptions): Promise<void> {
    await (await this.#made).start(options)
  }

  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    return this.#there.publish(frame, address, options)
  }

  recall(choose: (frame: Frame, mayHaveLeft: boolean) => boolean): void {
    this.#transport?.recall?.(choose)
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    return this.#there.subscribe(spec, onDelivery)
  }

  routes(address: Address): readonly Route[] {
    return this.#transport?.routes(address) ?? []
  }

  health(): MaybePromise<TransportHealth> {
    return this.#transport?.health() ?? { state: 'idle', details: {} }
  }

  async stop(options?: CloseOptions): Promise<void> {
    await (await this.#made).stop(options)
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  get #there(): Transport {
    if (!this.#transport) throw new TypeError(`The transport "${this.name}" is used before its start`)
    return this.#transport
  }

  #adopt(transport: Transport): Transport {
    this.#transport = transport
    for (const name of ['state', 'routes', 'peer'] as const) {
      transport.on(name, event => this.#events.emit(name, event))
    }
    return transport
  }
}
