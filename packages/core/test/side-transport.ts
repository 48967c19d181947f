import { decodeFrame, encodeFrame, fromBytes } from '../src/codec/index.ts'
import type {
  Capabilities,
  CloseOptions,
  Delivery,
  Route,
  SignalOptions,
  SubscriptionSpec,
  Transport,
  TransportContext,
  TransportEvents,
  TransportFactory,
  TransportHealth,
  TransportReceipt,
  TransportSubscription,
} from '../src/contract/index.ts'
import { transportError } from '../src/errors/index.ts'
import { abortable, type MaybePromise, type Unlisten } from '../src/kernel/index.ts'
import { memory } from '../src/memory/index.ts'
import { MemoryTransport } from '../src/memory/memory-transport.ts'
import { type Address, type Frame, isControlType } from '../src/message/index.ts'
import { defineTransport } from '../src/registry/index.ts'
import { isPresence } from './is-presence.ts'

/** How a side transport behaves; a test may change it at any time. */
export interface SideBehaviour {
  /** The error that its publishes throw instead of publishing. */
  failure?: unknown
  /** The error that its publishes throw after they have published: a wire that breaks before its answer came. */
  lateFailure?: unknown
  /** The error that its start rejects with. */
  startFailure?: unknown
  /** The error that its stop rejects with, once it has stopped. */
  stopFailure?: unknown
  /** Its start ends only with its signal. */
  readonly startsNever?: boolean
  /** Turns each frame into bytes and back, as a wire does. */
  readonly encodes?: boolean
  readonly maxFrameBytes?: number
  /** The bodies after their way. */
  readonly garbles?: string
  /** Of one that only publishes: what its publishes wait for. */
  holds?: Promise<unknown> | undefined
  /** Of one that only publishes: the types that it wants copies of. Default: all. */
  readonly wanted?: readonly string[]
  /** Every frame that was published, refused ones too. */
  readonly published: Frame[]
}

/** A second transport within the process: memory in a namespace of its own, under another name. */
class SideTransport implements Transport {
  readonly name: string
  readonly capabilities: Capabilities
  readonly #behaviour: SideBehaviour
  readonly #inner: MemoryTransport

  constructor(name: string, capabilities: Capabilities, behaviour: SideBehaviour, context: TransportContext) {
    this.name = name
    this.capabilities = capabilities
    this.#behaviour = behaviour
    this.#inner = new MemoryTransport(capabilities, {}, { ...context, namespace: `${context.namespace}-${name}` })
  }

  get state() {
    return this.#inner.state
  }

  async start(options?: SignalOptions): Promise<void> {
    const { startFailure, startsNever } = this.#behaviour
    if (startFailure !== undefined) throw startFailure
    if (startsNever) await abortable(new Promise<never>(() => {}), options?.signal)
    await this.#inner.start(options)
  }

  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    const { published, failure, lateFailure } = this.#behaviour
    if (isPresence(frame)) return this.#inner.publish(frame, address, options)
    published.push(frame)
    if (failure !== undefined) throw failure
    if (this.capabilities.publishOnly) return this.#keep(options)
    const receipt = this.#inner.publish(this.#carry(frame), address, options)
    if (lateFailure !== undefined) throw lateFailure
    return receipt
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    return this.#inner.subscribe({ ...spec, durable: false }, onDelivery)
  }

  routes(address: Address): readonly Route[] {
    return this.#inner.routes(address)
  }

  health(): TransportHealth {
    return this.#inner.health()
  }

  async stop(options?: CloseOptions): Promise<void> {
    await this.#inner.stop(options)
    if (this.#behaviour.stopFailure !== undefined) throw this.#behaviour.stopFailure
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void): Unlisten {
    return this.#inner.on(name, listener)
  }

  wants(type: string): boolean {
    return this.#behaviour.wanted?.includes(type) ?? true
  }

  #keep(options?: SignalOptions): MaybePromise<TransportReceipt> {
    const { holds } = this.#behaviour
    const receipt = { evidence: 'persisted' } as const
    return holds ? abortable(holds, options?.signal).then(() => receipt) : receipt
  }

  #carry(frame: Frame): Frame {
    const { encodes, maxFrameBytes, garbles } = this.#behaviour
    if (garbles !== undefined && !isControlType(frame.header.type)) {
      return { header: frame.header, body: fromBytes(Buffer.from(garbles), frame.body.contentType) }
    }
    if (!encodes && maxFrameBytes === undefined) return frame
    const bytes = encodeFrame(frame)
    if (bytes.length > (maxFrameBytes ?? Number.POSITIVE_INFINITY)) {
      throw transportError(
        'SM_FRAME_TOO_LARGE',
        `${frame.header.type} makes a frame of ${bytes.length} bytes, and ${this.name} takes ${maxFrameBytes}`,
        { details: { outcome: 'failed' } },
      )
    }
    return encodes ? decodeFrame(bytes) : frame
  }
}

export interface SideOptions extends Partial<Omit<SideBehaviour, 'published'>> {
  readonly rank?: number
  readonly capabilities?: Partial<Capabilities>
}

/** A side transport and the strings it is led by. */
export interface Side {
  readonly transport: TransportFactory<object>
  readonly behaviour: SideBehaviour
}

/** Defines a transport beside memory. Names are taken for the whole process: choose one per test. */
export function sideTransport(name: string, { rank = 20, capabilities = {}, ...behaviour }: SideOptions = {}): Side {
  const led: SideBehaviour = { ...behaviour, published: [] }
  const declared: Capabilities = {
    ...memory.definition.capabilities,
    reach: 'machine',
    encrypted: false,
    ...(behaviour.maxFrameBytes !== undefined && { maxFrameBytes: behaviour.maxFrameBytes }),
    ...capabilities,
  }
  const transport = defineTransport<object>({
    name,
    contract: '1.0',
    version: '1.0.0',
    rank,
    schemes: [],
    capabilities: declared,
    create: (_options, context) => new SideTransport(name, declared, led, context),
  })
  return { transport, behaviour: led }
}
