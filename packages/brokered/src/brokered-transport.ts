import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type Delivery,
  demandsOf,
  type Emitter,
  type Frame,
  isSmError,
  Lifecycle,
  type MaybePromise,
  type Route,
  requireFrameFits,
  requireSubscribable,
  type SignalOptions,
  type SubscriptionSpec,
  smError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportSubscription,
} from '@sm/core/transport'
import { BrokerSubscription, type SubscriptionHost } from './consuming/broker-subscription.ts'
import type { BrokerDriver, BrokerHost } from './driver.ts'
import { brokerError } from './errors.ts'
import { type BrokeredOptions, type BrokeredSettings, toBrokeredSettings } from './options.ts'
import { Outbox } from './publishing/outbox.ts'

/** The facts by which transports with a broker differ. */
export interface BrokeredDefinition {
  readonly name: string
  /** Its capabilities with a server that has all it needs. After the start they are what `connect` has found. */
  readonly capabilities: Capabilities
  /** Makes its driver. Throws coded errors for bad options. */
  readonly driver: (settings: BrokeredSettings) => BrokerDriver
}

/** Only the broker knows who is there. */
const byBroker: readonly Route[] = Object.freeze([{ via: 'broker', evidence: 'unknown' }])
const nowhere: readonly Route[] = Object.freeze([])

/** A transport with a broker, on top of a driver that connects, publishes and consumes. */
export class BrokeredTransport implements Transport, BrokerHost, SubscriptionHost {
  readonly name: string
  readonly #context: TransportContext
  readonly #settings: BrokeredSettings
  readonly #driver: BrokerDriver
  readonly #events: Emitter<TransportEvents>
  readonly #lifecycle: Lifecycle
  readonly #outbox: Outbox
  readonly #subscriptions = new Set<TransportSubscription>()
  #capabilities: Capabilities
  #faults = 0
  #dropped = 0
  #outages = 0
  /** Parts that do not work, though the connection is there. */
  readonly #impaired = new Map<string, unknown>()
  #isUp = false

  constructor({ name, capabilities, driver }: BrokeredDefinition, options: BrokeredOptions, context: TransportContext) {
    const { clock, logger } = context
    this.name = name
    this.#context = context
    this.#settings = toBrokeredSettings(name, options)
    this.#capabilities = { ...capabilities, maxFrameBytes: this.#settings.maxFrameBytes }
    this.#driver = driver(this.#settings)
    this.#events = createEmitter<TransportEvents>(error => logger.error({ error }, 'A listener threw'))
    this.#lifecycle = new Lifecycle(name, this.#events)
    const hand = this.#driver.publish.bind(this.#driver)
    this.#outbox = new Outbox({ transport: name, clock, settings: this.#settings, hand })
  }

  get capabilities(): Capabilities {
    return this.#capabilities
  }

  get state() {
    return this.#lifecycle.state
  }

  start(options?: SignalOptions): Promise<void> {
    return this.#lifecycle.start(
      signal => this.#connect(signal),
      () => this.#close({}),
      options,
    )
  }

  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    this.#lifecycle.requireStarted('publish')
    this.#requireFit(frame)
    return this.#outbox.publish(frame, address, options)
  }

  recall(choose: (frame: Frame, mayHaveLeft: boolean) => boolean): void {
    this.#outbox.recall(choose)
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    this.#lifecycle.requireStarted('subscribe')
    requireSubscribable(this.name, this.#capabilities, demandsOf(spec))
    const subscription = new BrokerSubscription(spec, onDelivery, this.#driver, this)
    this.#subscriptions.add(subscription)
    return subscription
  }

  routes(_address: Address): readonly Route[] {
    return this.state === 'ready' || this.state === 'degraded' ? byBroker : nowhere
  }

  health(): TransportHealth {
    const { inFlight, waiting } = this.#outbox
    const own = {
      subscriptions: this.#subscriptions.size,
      inFlight,
      waiting,
      faults: this.#faults,
      dropped: this.#dropped,
      outages: this.#outages,
      ...(this.#impaired.size > 0 && { impaired: [...this.#impaired.keys()].join(', ').slice(0, 500) }),
    }
    return { state: this.state, details: { ...this.#driver.health(), ...own } }
  }

  stop(options: CloseOptions = {}): Promise<void> {
    return this.#lifecycle.stop(() => this.#close(options))
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  up(): void {
    this.#isUp = true
    this.#judge()
    this.#outbox.up()
  }

  down(error: unknown): void {
    this.#isUp = false
    this.#outages += 1
    this.#outbox.down()
    this.#judge(error)
    const { logger, agent } = this.#context
    logger.warn({ transport: this.name, agent, error }, 'The connection to the broker is lost')
  }

  impaired(part: string, error: unknown): void {
    if (error === undefined) {
      if (!this.#impaired.delete(part)) return
      const { logger, agent } = this.#context
      logger.info({ transport: this.name, agent }, `${part} works again`)
    } else {
      const before = this.#impaired.get(part)
      this.#impaired.set(part, error)
      if (codeOf(before) !== codeOf(error)) this.fault(error)
    }
    this.#judge(error)
  }

  fault(error: unknown): void {
    const { metrics, logger, agent } = this.#context
    const transport = this.name
    this.#faults += 1
    const code = codeOf(error)
    metrics.count('smartmessage.broker.faults', 1, { transport, code })
    logger.warn({ transport, agent, code, error }, 'Something is wrong with what the broker brought')
  }

  dropped({ header: { type, id } }: Frame): void {
    this.#dropped += 1
    const what = `${type} (${id}) found no room at its consumer`
    this.fault(brokerError('SM_BROKER_DROPPED', what, { details: { transport: this.name } }))
  }

  closed(subscription: TransportSubscription): void {
    this.#subscriptions.delete(subscription)
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { maxFrameBytes } = this.#settings
    const found = await this.#driver.connect(this, signal)
    this.#capabilities = Object.freeze({ ...found, maxFrameBytes: Math.min(found.maxFrameBytes, maxFrameBytes) })
    this.#isUp = true
    this.#outbox.up()
  }

  /** Ready while the connection is there and every part works. */
  #judge(error?: unknown): void {
    const isWhole = this.#isUp && this.#impaired.size === 0
    if (isWhole) this.#lifecycle.become('ready')
    else this.#lifecycle.become('degraded', error)
  }

  async #close(options: CloseOptions): Promise<void> {
    await Promise.all([...this.#subscriptions].map(subscription => subscription.close(options)))
    if (options.drain) await this.#outbox.idle(options.signal)
    this.#outbox.close()
    await this.#driver.disconnect()
  }

  #requireFit(frame: Frame): void {
    const { delivery, maxFrameBytes } = this.#capabilities
    const level = frame.header.delivery
    const details = { transport: this.name, outcome: 'failed' }
    if (delivery[level] === undefined) {
      throw smError('SM_CAPABILITY_MISSING', `The transport "${this.name}" does not deliver ${level}`, { details })
    }
    requireFrameFits(this.name, frame, maxFrameBytes)
  }
}

function codeOf(error: unknown): string {
  return isSmError(error) ? error.code : 'none'
}
