import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type Delivery,
  decodeFrame,
  encodeFrame,
  type Frame,
  formatAddress,
  type Route,
  type Settlement,
  SettleOnce,
  type SignalOptions,
  type SubscriptionSpec,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportState,
  type TransportSubscription,
} from '@sm/core/transport'
import type { Setting, Up } from './messages.ts'
import { fromRemoteError } from './remote-error.ts'
import type { RouteBoard, RouteMirror } from './route-board.ts'
import type { WorkerProcess } from './worker-process.ts'

type OnDelivery = (delivery: Delivery) => void

/** A transport in another process, used through the contract like any other. */
export class RemoteTransport implements Transport, RouteMirror {
  readonly name: string
  readonly #worker: WorkerProcess
  readonly #board: RouteBoard
  readonly #port: number
  readonly #events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
  readonly #routes = new Map<string, readonly Route[]>()
  readonly #consumers = new Map<number, OnDelivery>()
  #capabilities: Capabilities | undefined
  #state: TransportState = 'idle'
  #subscriptions = 0

  constructor(name: string, worker: WorkerProcess, board: RouteBoard) {
    this.name = name
    this.#worker = worker
    this.#board = board
    this.#port = worker.port(message => this.#heard(message))
  }

  /** Makes the transport in the worker. */
  async open({ namespace, agent, instance }: TransportContext, setting: Setting): Promise<this> {
    const opening = { namespace, agent, instance, setting }
    this.#capabilities = await this.#worker.call(this.#port, 'open', opening)
    this.#board.join(this)
    void this.#worker.exited.then(() => this.#become('stopped'))
    return this
  }

  get worker(): WorkerProcess {
    return this.#worker
  }

  get capabilities(): Capabilities {
    return this.#capabilities as Capabilities
  }

  get state(): TransportState {
    return this.#state
  }

  async start({ signal }: SignalOptions = {}): Promise<void> {
    await this.#worker.call(this.#port, 'start', undefined, signal)
  }

  async publish(frame: Frame, address: Address, { signal }: SignalOptions = {}): Promise<TransportReceipt> {
    const args = { frame: encodeFrame(frame), address }
    return (await this.#worker.call(this.#port, 'publish', args, signal)) as unknown as TransportReceipt
  }

  subscribe(spec: SubscriptionSpec, onDelivery: OnDelivery): TransportSubscription {
    this.#subscriptions += 1
    const subscription = this.#subscriptions
    this.#consumers.set(subscription, onDelivery)
    this.#board.subscribed(spec)
    const ready = this.#worker.call(this.#port, 'subscribe', { subscription, spec }).then(() => this.#board.sync())
    ready.catch(() => undefined)
    let closing: Promise<undefined> | undefined
    return {
      ready,
      close: ({ signal, ...options } = {}) => {
        // What is on its way from the worker goes back, as what has not been handed over.
        if (!options.drain) this.#consumers.delete(subscription)
        closing ??= this.#worker.gone
          ? Promise.resolve(undefined)
          : this.#worker.call(this.#port, 'close', { subscription, options }, signal)
        return closing.finally(() => this.#consumers.delete(subscription))
      },
    }
  }

  routes(address: Address): readonly Route[] {
    this.#board.know(address)
    return this.#routes.get(formatAddress(address)) ?? []
  }

  async health(): Promise<TransportHealth> {
    if (this.#worker.gone) return { state: this.#state, details: {} }
    return (await this.#worker.call(this.#port, 'health', undefined)) as unknown as TransportHealth
  }

  async stop({ signal, ...options }: CloseOptions = {}): Promise<void> {
    this.#board.leave(this)
    if (!options.drain) this.#consumers.clear()
    if (!this.#worker.gone) await this.#worker.call(this.#port, 'stop', options, signal)
    this.#consumers.clear()
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  watch(addresses: readonly Address[]): void {
    this.#worker.tell({ kind: 'watch', port: this.#port, addresses })
  }

  async sync(): Promise<void> {
    await this.#worker.call(this.#port, 'sync', undefined).catch(() => undefined)
  }

  #heard(message: Up): void {
    if (message.kind === 'delivery') this.#delivered(message)
    else if (message.kind === 'routes') {
      for (const [address, routes] of message.changes) this.#routes.set(formatAddress(address), routes)
      this.#events.emit('routes', { reason: message.reason ?? 'asked' })
    } else if (message.kind === 'event') {
      const error = message.error && { error: fromRemoteError(message.error) }
      if (message.name === 'state') this.#state = message.event.state
      if (message.name === 'state') this.#events.emit('state', { ...message.event, ...error })
      else this.#events.emit('peer', message.event)
    }
  }

  #delivered({ subscription, delivery, attempt, frame }: Extract<Up, { kind: 'delivery' }>): void {
    const settle = (_: unknown, { kind: how, ...rest }: Settlement) =>
      this.#worker.tell({ kind: 'settle', port: this.#port, delivery, how, ...rest })
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    const onDelivery = this.#consumers.get(subscription)
    if (onDelivery) onDelivery(new SettleOnce(decodeFrame(bytes), attempt, { settle }))
  }

  #become(state: TransportState): void {
    const previous = this.#state
    if (previous === state) return
    this.#state = state
    this.#events.emit('state', { state, previous })
  }
}
