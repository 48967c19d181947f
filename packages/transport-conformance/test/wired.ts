import { memory } from '@sm/core/memory'
import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type Delivery,
  decodeFrame,
  encodeFrame,
  type Frame,
  frameBytes,
  Lifecycle,
  requireSubscribable,
  type SignalOptions,
  type SubscriptionSpec,
  smError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportReceipt,
  type TransportSubscription,
} from '@sm/core/transport'
import { changed } from './override.ts'
import type { Wire } from './wire.ts'

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

/** One consumer: it ends when the wire does and begins anew when the wire is back. */
class WiredSubscription implements TransportSubscription {
  readonly ready = Promise.resolve()
  readonly spec: SubscriptionSpec
  readonly #open: () => TransportSubscription
  #inner: TransportSubscription | undefined
  #closed = false

  constructor(spec: SubscriptionSpec, open: () => TransportSubscription) {
    this.spec = spec
    this.#open = open
    this.#inner = open()
  }

  lost(): void {
    void this.#inner?.close({ drain: false })
    this.#inner = undefined
  }

  regained(): void {
    if (!this.#closed) this.#inner ??= this.#open()
  }

  async close(options?: CloseOptions): Promise<void> {
    this.#closed = true
    await this.#inner?.close(options)
  }
}

/**
 * The memory transport with a wire under it: frames cross it as bytes, up to a size, and it can be cut. It keeps what is
 * durable. The suite is tried on it where memory has nothing to show.
 */
export class WiredTransport implements Transport {
  readonly name = 'wired'
  readonly capabilities: Capabilities = {
    ...memory.definition.capabilities,
    reach: 'machine',
    delivery: { 'at-most-once': 'sent', 'at-least-once': 'accepted' },
    durable: true,
    maxFrameBytes: 32 * 1024,
    encrypted: false,
  }
  /** For mutants: whether a subscription comes back after a cut. */
  comesBack: (spec: SubscriptionSpec) => boolean = () => true
  /** For mutants: what becomes of a publish that a cut interrupts. */
  interrupted: () => Promise<TransportReceipt> = async () => {
    throw smError('SM_PUBLISH_FAILED', 'The wire was cut', { details: { outcome: 'unknown' } })
  }
  /** For mutants: whether it notices that nothing passes any more. */
  notices = true
  /** For mutants: whether it notices that a frame did not pass, and sends it again. */
  noticesLoss = true
  readonly #wire: Wire
  readonly #inner: Transport
  readonly #context: TransportContext
  readonly #events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
  readonly #lifecycle = new Lifecycle(this.name, this.#events)
  readonly #subscriptions = new Set<WiredSubscription>()

  constructor(wire: Wire, context: TransportContext) {
    this.#wire = wire
    this.#context = context
    this.#inner = memory.definition.create({ maxQueued: 64 }, context)
    this.#inner.on('routes', event => this.#events.emit('routes', event))
    this.#inner.on('peer', event => this.#events.emit('peer', event))
  }

  get state() {
    return this.#lifecycle.state
  }

  start(options?: SignalOptions): Promise<void> {
    const open = async () => {
      await this.#inner.start()
      await this.#wire.attach(this, this.#context)
    }
    return this.#lifecycle.start(open, () => this.#close({}), options)
  }

  async publish(frame: Frame, address: Address, options: SignalOptions = {}): Promise<TransportReceipt> {
    this.#lifecycle.requireStarted('publish')
    if (frameBytes(frame) > this.capabilities.maxFrameBytes) {
      throw smError('SM_FRAME_TOO_LARGE', 'The frame does not fit the wire', { details: { outcome: 'failed' } })
    }
    const bytes = encodeFrame(frame)
    const { cuts } = this.#wire
    await this.#wire.passes(options.signal)
    await turn()
    if (!this.#wire.isUp) return this.interrupted()
    if (this.#wire.takesLoss() && !this.noticesLoss) return { evidence: 'accepted', copies: 1 }
    const { copies = 0 } = await this.#inner.publish(decodeFrame(bytes), address, options)
    await turn()
    // The frame is there, but the word of it did not come back.
    if (cuts !== this.#wire.cuts && !this.#wire.isUp) return this.interrupted()
    const evidence = copies === 0 ? 'none' : this.capabilities.delivery[frame.header.delivery]
    return { evidence: evidence ?? 'none', copies }
  }

  recall(choose: (frame: Frame, mayHaveLeft: boolean) => boolean): void {
    this.#inner.recall?.(choose)
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    this.#lifecycle.requireStarted('subscribe')
    requireSubscribable(this.name, this.capabilities, { durable: spec.durable })
    if (spec.durable) this.#wire.keep(this.#context.namespace, spec)
    const cross = (delivery: Delivery) =>
      onDelivery(changed(delivery, { frame: decodeFrame(encodeFrame(delivery.frame)) }))
    const subscription = new WiredSubscription(spec, () => this.#inner.subscribe({ ...spec, durable: false }, cross))
    this.#subscriptions.add(subscription)
    return subscription
  }

  /** The wire is gone. */
  lost(): void {
    this.#lifecycle.become('degraded', new Error('The wire is gone'))
    for (const subscription of this.#subscriptions) subscription.lost()
  }

  /** The wire is back. */
  regained(): void {
    for (const subscription of this.#subscriptions) if (this.comesBack(subscription.spec)) subscription.regained()
    this.#lifecycle.become('ready')
  }

  routes(address: Address) {
    return this.#inner.routes(address)
  }

  deadLetters() {
    return this.#inner.deadLetters?.() ?? []
  }

  health() {
    return { state: this.state, details: {} }
  }

  stop(options: CloseOptions = {}): Promise<void> {
    return this.#lifecycle.stop(() => this.#close(options))
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  async #close(options: CloseOptions): Promise<void> {
    await Promise.all([...this.#subscriptions].map(subscription => subscription.close(options)))
    await this.#inner.stop(options)
    this.#wire.detach(this)
  }
}
