import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type DeadLetter,
  type Delivery,
  decodeFrame,
  encodeFrame,
  type Frame,
  formatAddress,
  type Route,
  type Settlement,
  SettleOnce,
  type Settler,
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
import type { Up } from './messages.ts'
import type { PeerProcess } from './peer-process.ts'
import { fromRemoteError } from './remote-error.ts'
import type { RouteBoard, RouteMirror } from './route-board.ts'

type OnDelivery = (delivery: Delivery) => void

const fromWire = (frame: Uint8Array) => decodeFrame(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength))

/** A delivery to another process. */
class RemoteDelivery extends SettleOnce {
  readonly ageMs: number | undefined
  readonly begin: (() => Promise<number>) | undefined

  constructor(
    frame: Frame,
    attempt: number,
    settler: Settler<SettleOnce>,
    ageMs: number | undefined,
    begin: (() => Promise<number>) | undefined,
  ) {
    super(frame, attempt, settler)
    this.ageMs = ageMs
    this.begin = begin
  }
}

/** A transport in another process, used through the contract like any other. */
export class RemoteTransport implements Transport, RouteMirror {
  readonly name: string
  readonly #process: PeerProcess
  readonly #board: RouteBoard
  readonly #port: number
  readonly #events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
  readonly #routes = new Map<string, readonly Route[]>()
  readonly #consumers = new Map<number, OnDelivery>()
  #capabilities: Capabilities | undefined
  /** The routes of an address that nobody has asked about. */
  #elsewhere: readonly Route[] = []
  #letters: readonly DeadLetter[] = []
  deadLetters?: () => readonly DeadLetter[]
  #state: TransportState = 'idle'
  #subscriptions = 0

  constructor(name: string, process: PeerProcess, board: RouteBoard) {
    this.name = name
    this.#process = process
    this.#board = board
    this.#port = process.port(message => this.#heard(message))
  }

  /** Makes the transport in its process. */
  async open({ namespace, agent, instance }: TransportContext, setting: unknown): Promise<this> {
    const opening = { namespace, agent, instance, setting }
    const { capabilities, keepsLetters } = await this.#process.call(this.#port, 'open', opening)
    this.#capabilities = capabilities
    if (keepsLetters) this.deadLetters = () => this.#letters
    this.#board.join(this)
    void this.#process.exited.then(() => this.#become('stopped'))
    return this
  }

  /** The process that it is in. */
  get process(): PeerProcess {
    return this.#process
  }

  get capabilities(): Capabilities {
    return this.#capabilities as Capabilities
  }

  get state(): TransportState {
    return this.#state
  }

  async start({ signal }: SignalOptions = {}): Promise<void> {
    const { capabilities, routes } = await this.#process.call(this.#port, 'start', undefined, signal)
    this.#capabilities = capabilities
    this.#elsewhere = routes
  }

  async publish(frame: Frame, address: Address, { signal }: SignalOptions = {}): Promise<TransportReceipt> {
    const args = { frame: encodeFrame(frame), address }
    return (await this.#process.call(this.#port, 'publish', args, signal)) as unknown as TransportReceipt
  }

  subscribe(spec: SubscriptionSpec, onDelivery: OnDelivery): TransportSubscription {
    this.#subscriptions += 1
    const subscription = this.#subscriptions
    this.#consumers.set(subscription, onDelivery)
    this.#board.subscribed(spec)
    const ready = this.#process.call(this.#port, 'subscribe', { subscription, spec }).then(() => this.#board.sync())
    ready.catch(() => undefined)
    let closing: Promise<undefined> | undefined
    return {
      ready,
      close: ({ signal, ...options } = {}) => {
        // Frames on their way from its process go back, as those that have not been handed over.
        if (!options.drain) this.#consumers.delete(subscription)
        closing ??= this.#process.gone
          ? Promise.resolve(undefined)
          : this.#process.call(this.#port, 'close', { subscription, options }, signal)
        return closing.finally(() => this.#consumers.delete(subscription))
      },
    }
  }

  routes(address: Address): readonly Route[] {
    this.#board.know(address)
    return this.#routes.get(formatAddress(address)) ?? this.#elsewhere
  }

  async health(): Promise<TransportHealth> {
    if (this.#process.gone) return { state: this.#state, details: {} }
    return (await this.#process.call(this.#port, 'health', undefined)) as unknown as TransportHealth
  }

  async stop({ signal, ...options }: CloseOptions = {}): Promise<void> {
    this.#board.leave(this)
    if (!options.drain) this.#consumers.clear()
    if (!this.#process.gone) await this.#process.call(this.#port, 'stop', options, signal)
    this.#consumers.clear()
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  watch(addresses: readonly Address[]): void {
    this.#process.tell({ kind: 'watch', port: this.#port, addresses })
  }

  async sync(): Promise<void> {
    await this.#process.call(this.#port, 'sync', undefined).catch(() => undefined)
  }

  #heard(message: Up): void {
    if (message.kind === 'delivery') this.#delivered(message)
    else if (message.kind === 'letters') {
      this.#letters = message.letters.map(({ frame, reason }) => ({ frame: fromWire(frame), reason }))
    } else if (message.kind === 'routes') {
      for (const [address, routes] of message.changes) this.#routes.set(formatAddress(address), routes)
      this.#events.emit('routes', { reason: message.reason ?? 'asked' })
    } else if (message.kind === 'event') {
      const error = message.error && { error: fromRemoteError(message.error) }
      if (message.name === 'state') this.#state = message.event.state
      if (message.name === 'state') this.#events.emit('state', { ...message.event, ...error })
      else this.#events.emit('peer', message.event)
    }
  }

  #delivered(message: Extract<Up, { kind: 'delivery' }>): void {
    const { subscription, delivery, attempt, ageMs, begins, frame } = message
    const settle = (_: unknown, settlement: Settlement) => {
      const { kind: how } = settlement
      const options =
        settlement.kind === 'nack' ? { delayMs: settlement.delayMs, begun: settlement.begun ?? true } : undefined
      const reason = settlement.kind === 'reject' ? { reason: settlement.reason } : {}
      this.#process.tell({ kind: 'settle', port: this.#port, delivery, how, options, ...reason })
    }
    const begin = begins ? () => this.#process.call(this.#port, 'begin', { delivery }) : undefined
    this.#consumers.get(subscription)?.(new RemoteDelivery(fromWire(frame), attempt, { settle }, ageMs, begin))
  }

  #become(state: TransportState): void {
    const previous = this.#state
    if (previous === state) return
    this.#state = state
    this.#events.emit('state', { state, previous })
  }
}
