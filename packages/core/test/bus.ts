import {
  type Address,
  type Capabilities,
  createEmitter,
  type Delivery,
  defineTransport,
  type Frame,
  Lifecycle,
  type SubscriptionSpec,
  smError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportFactory,
} from '../src/transport-author.ts'
import { matchesTarget } from '../src/transport-kit/index.ts'

const brokerCapabilities: Capabilities = {
  reach: 'wan',
  delivery: { 'at-most-once': 'accepted', 'at-least-once': 'persisted' },
  durable: true,
  ordering: 'per-sender',
  fanOut: true,
  groups: true,
  wildcards: true,
  maxFrameBytes: 1_000_000,
  expiry: false,
  delay: false,
  encrypted: false,
  deadLetters: false,
  publishOnly: false,
}

interface Member {
  readonly spec: SubscriptionSpec
  readonly owner: BusTransport
  readonly onDelivery: (delivery: Delivery) => void
}

/** A broker in this process that knows who subscribes, and tells nobody: each group gets a copy, each copy goes to one member. */
class Bus {
  readonly name: string
  /** Everything that was published, in order. */
  readonly published: { readonly frame: Frame; readonly address: Address }[] = []
  readonly members = new Set<Member>()
  /** Whether a frame of this agent instance gets through. */
  passes: (frame: Frame) => boolean = () => true
  readonly #turns = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  /** Publishes as if somebody on the wire did. Returns how many groups got it. */
  publish(frame: Frame, address: Address): number {
    this.published.push({ frame, address })
    if (!this.passes(frame)) return 0
    const groups = Map.groupBy(
      [...this.members].filter(({ spec }) => matchesTarget(spec.target, address)),
      ({ spec }) => `${JSON.stringify(spec.target)} ${spec.group}`,
    )
    for (const [group, members] of groups) {
      const turn = this.#turns.get(group) ?? 0
      this.#turns.set(group, turn + 1)
      const member = members[turn % members.length] as Member
      queueMicrotask(() => {
        const end = () => {}
        if (this.members.has(member)) member.onDelivery({ frame, attempt: 1, ack: end, nack: end, reject: end })
      })
    }
    return groups.size
  }
}

class BusTransport implements Transport {
  readonly name: string
  readonly capabilities: Capabilities
  readonly #bus: Bus
  readonly #events = createEmitter<TransportEvents>(error => queueMicrotask(() => Promise.reject(error)))
  readonly lifecycle: Lifecycle

  constructor(bus: Bus, capabilities: Capabilities) {
    this.name = bus.name
    this.capabilities = capabilities
    this.#bus = bus
    this.lifecycle = new Lifecycle(bus.name, this.#events)
  }

  get state() {
    return this.lifecycle.state
  }

  /** Tells of a link, as transports without a broker do. */
  tell(change: 'joined' | 'left', agent: string, instance: string): void {
    this.#events.emit('peer', { change, peer: { agent, instance, hostId: 'here', processId: 1 } })
  }

  start(options?: { readonly signal?: AbortSignal }) {
    return this.lifecycle.start(
      async () => undefined,
      async () => undefined,
      options,
    )
  }

  publish(frame: Frame, address: Address) {
    const copies = this.#bus.publish(frame, address)
    if (copies === 0 && address.kind === 'inbox') {
      throw smError('SM_ROUTE_NONE', 'Nobody has that inbox', { details: { outcome: 'failed' } })
    }
    return { evidence: copies === 0 ? 'none' : 'persisted', copies } as const
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void) {
    const member: Member = { spec, owner: this, onDelivery }
    this.#bus.members.add(member)
    return { ready: Promise.resolve(), close: async () => void this.#bus.members.delete(member) }
  }

  routes() {
    return [{ via: 'broker', evidence: 'unknown' }] as const
  }

  health() {
    return { state: this.state, details: {} }
  }

  stop() {
    return this.lifecycle.stop(async () => {
      for (const member of this.#bus.members) if (member.owner === this) this.#bus.members.delete(member)
    })
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }
}

/** A bus and the transport over it. Names are taken for the whole process: choose one per test. `transports`: of each agent. */
export function busTransport(name: string, rank: number, reach: Capabilities['reach'] = 'wan') {
  const bus = new Bus(name)
  const capabilities = { ...brokerCapabilities, reach }
  const transports = new Map<string, BusTransport>()
  const transport: TransportFactory<object> = defineTransport<object>({
    name,
    contract: '1.0',
    version: '1.0.0',
    rank,
    schemes: [],
    capabilities,
    create: (_options, { agent, instance }: TransportContext) => {
      const made = new BusTransport(bus, capabilities)
      transports.set(agent, made).set(`${agent}/${instance}`, made)
      return made
    },
  })
  return { bus, transport, transports }
}
