import { memory } from '@sm/core/memory'
import {
  type Address,
  type Capabilities,
  type Clock,
  type CloseOptions,
  createEmitter,
  type Delivery,
  decodeFrame,
  defineTransport,
  encodeFrame,
  type Frame,
  type MaybePromise,
  type Route,
  requireFrameFits,
  type SignalOptions,
  type SubscriptionSpec,
  sleep,
  smError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportFactory,
  type TransportHealth,
  type TransportReceipt,
  type TransportState,
  type TransportSubscription,
  unmetDemand,
} from '@sm/core/transport'

/** How a breakable wire behaves; a test may change it at any time. */
export interface WireFaults {
  /** The error that its publishes reject with instead of publishing. */
  failure?: unknown
  /** The error that its publishes reject with once they have published: the answer was lost. */
  lateFailure?: unknown
  /** How long a publish takes, in milliseconds. */
  slowMs?: number
  /** It has lost its wire. */
  away?: boolean
  /** The error that its start rejects with. */
  startFailure?: unknown
  /** Its start ends only with its signal. */
  startsNever?: boolean
  /** Every frame that was published, refused ones too. */
  readonly published: Frame[]
}

/** A wire within the process that makes bytes of each frame, and breaks when it is told to. */
class BreakableWire implements Transport {
  readonly name: string
  readonly capabilities: Capabilities
  readonly #faults: WireFaults
  readonly #inner: Transport
  readonly #clock: Clock
  readonly #events = createEmitter<TransportEvents>(() => {})

  constructor(name: string, capabilities: Capabilities, faults: WireFaults, context: TransportContext) {
    this.name = name
    this.capabilities = capabilities
    this.#faults = faults
    this.#clock = context.clock
    this.#inner = memory.definition.create({}, { ...context, namespace: `${context.namespace}-${name}` })
    for (const event of ['state', 'routes', 'peer'] as const) {
      this.#inner.on(event, told => this.#events.emit(event, told as never))
    }
  }

  get state(): TransportState {
    return this.#faults.away && this.#inner.state === 'ready' ? 'degraded' : this.#inner.state
  }

  async start(options: SignalOptions = {}): Promise<void> {
    const { startFailure, startsNever } = this.#faults
    if (startFailure !== undefined) throw startFailure
    if (startsNever) await new Promise((_, reject) => options.signal?.addEventListener('abort', reject))
    await this.#inner.start(options)
  }

  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    this.#faults.published.push(frame)
    return this.#publish(frame, address, options)
  }

  async #publish(frame: Frame, address: Address, options?: SignalOptions): Promise<TransportReceipt> {
    if (this.#faults.slowMs !== undefined) await sleep(this.#clock, this.#faults.slowMs)
    const { failure, lateFailure } = this.#faults
    if (failure !== undefined) throw failure
    requireFrameFits(this.name, frame, this.capabilities.maxFrameBytes)
    const lack = unmetDemand({ delivery: frame.header.delivery, needs: [] }, this.capabilities)
    if (lack) throw smError('SM_CAPABILITY_MISSING', `${this.name}: ${lack}`, { details: { outcome: 'failed' } })
    const receipt = await this.#inner.publish(decodeFrame(encodeFrame(frame)), address, options)
    if (lateFailure !== undefined) throw lateFailure
    return receipt
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    return this.#inner.subscribe({ ...spec, durable: false }, onDelivery)
  }

  routes(address: Address): readonly Route[] {
    return this.#inner.routes(address)
  }

  async health(): Promise<TransportHealth> {
    return { ...(await this.#inner.health()), state: this.state }
  }

  deadLetters() {
    return this.#inner.deadLetters?.() ?? []
  }

  stop(options?: CloseOptions): Promise<void> {
    return this.#inner.stop(options)
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }
}

let wires = 0

/** Defines a wire that can be broken, under a name of its own. */
export function breakableWire(
  capabilities: Partial<Capabilities> = {},
): TransportFactory<object> & { readonly faults: WireFaults } {
  const name = `breakable-${++wires}`
  const faults: WireFaults = { published: [] }
  const declared: Capabilities = {
    ...memory.definition.capabilities,
    ...{ reach: 'machine', encrypted: false, maxFrameBytes: 1_000_000 },
    ...capabilities,
  }
  const wire = defineTransport<object>({
    ...{ name, contract: '1.0', version: '1.0.0', rank: 20, schemes: [], capabilities: declared },
    create: (_options, context) => new BreakableWire(name, declared, faults, context),
  })
  return Object.assign(wire, { faults })
}
