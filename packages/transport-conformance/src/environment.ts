import { randomBytes } from 'node:crypto'
import { type Agent, createAgent } from '@sm/core'
import {
  type Address,
  type Capabilities,
  type Codec,
  createUlids,
  type DeliveryLevel,
  type MaybePromise,
  silentLogger,
  silentMetrics,
  systemClock,
  systemRandom,
  type Transport,
  type TransportContext,
} from '@sm/core/transport'
import { agentChoice } from './agent-choice.ts'
import type { HarnessLimits, SeenDeadLetter, TransportHarness, WireFaults } from './harness.ts'
import { type Listener, markerPrefix } from './listener.ts'
import { Patience } from './patience.ts'
import type { Subject } from './subject.ts'
import { TestPeer } from './test-peer.ts'

/** Which peer to make. */
export interface PeerOptions {
  /** Default: the namespace of the environment. */
  readonly namespace?: string
}

const ids = createUlids(systemClock, systemRandom)

/** A namespace that no other run has used, in this process or another. */
export function freshNamespace(): string {
  return `conformance-${randomBytes(6).toString('hex')}`
}

/** The context of one transport of the suite. */
export function contextOf(agent: string, namespace: string): TransportContext {
  return {
    namespace,
    agent,
    instance: ids.next(),
    clock: systemClock,
    ids,
    random: systemRandom,
    logger: silentLogger,
    metrics: silentMetrics,
  }
}

/** The delivery levels that are offered, the strongest first. */
export function levelsOf({ delivery }: Capabilities): readonly DeliveryLevel[] {
  return (['at-least-once', 'at-most-once'] as const).filter(level => delivery[level] !== undefined)
}

/** The world of one case: a namespace of its own, peers in it, and means to wait. Closed when the case has ended. */
export class Environment {
  readonly namespace = freshNamespace()
  readonly codec: Codec
  readonly capabilities: Capabilities
  readonly limits: HarnessLimits
  /** Most dead letters that are kept, where the harness says so. */
  readonly mostDeadLetters: number | undefined
  /** Whether the broker may hand out a frame once more that it has just redelivered. */
  readonly repeatsRedelivered: boolean
  /** The delivery levels that the transport offers, the strongest first. */
  readonly levels: readonly DeliveryLevel[]
  /** At which level frames are sent unless a case says otherwise. */
  readonly level: DeliveryLevel
  readonly #patience: Patience
  readonly #harness: TransportHarness
  readonly #peers: TestPeer[] = []
  readonly #agents: Agent[] = []
  readonly #broken = new Set<() => MaybePromise<void>>()

  /** `level`: at which delivery level frames are sent unless a case says otherwise. Default: the strongest that is offered. */
  constructor(
    harness: TransportHarness,
    { capabilities, deadLetters, limits }: Subject,
    codec: Codec,
    level?: DeliveryLevel,
  ) {
    this.#harness = harness
    this.capabilities = capabilities
    this.limits = limits
    this.mostDeadLetters = deadLetters?.most
    this.repeatsRedelivered = harness.repeatsRedelivered ?? false
    this.codec = codec
    this.#patience = new Patience(limits)
    this.levels = levelsOf(capabilities)
    this.level = level ?? this.levels[0] ?? 'at-most-once'
  }

  /** A peer whose transport has not been started. */
  async idle(agent: string, { namespace = this.namespace }: PeerOptions = {}): Promise<TestPeer> {
    const context = contextOf(agent, namespace)
    const transport = await this.within('a transport is made', this.#harness.open(context))
    const { level, codec } = this
    const peer = new TestPeer(transport, agent, context.instance, { patience: this.#patience, codec, level })
    this.#peers.push(peer)
    return peer
  }

  /** A peer whose transport is ready. */
  async peer(agent: string, options?: PeerOptions): Promise<TestPeer> {
    const peer = await this.idle(agent, options)
    await peer.start()
    return peer
  }

  /** Several peers whose transports are ready. Equal names are instances of one agent. */
  peers<const Names extends readonly string[]>(...agents: Names): Promise<{ [Index in keyof Names]: TestPeer }> {
    return Promise.all(agents.map(agent => this.peer(agent))) as Promise<{ [Index in keyof Names]: TestPeer }>
  }

  /** An agent on the transport. */
  async agent(id: string): Promise<Agent> {
    const choice = agentChoice(this.#harness, this.capabilities)
    const agent = await createAgent(id, { namespace: this.namespace, transports: [choice], logger: 'silent' })
    this.#agents.push(agent)
    return agent
  }

  /** Ends the transport of a peer as a crash would. */
  async kill(peer: TestPeer): Promise<void> {
    const { kill } = this.#harness
    await this.within('a transport ends', kill ? kill(peer.transport) : peer.transport.stop({ drain: false }))
  }

  /** The dead letters that a peer's transport, or the broker of its namespace, has. Undefined where they cannot be seen. */
  async deadLetters({ transport }: TestPeer): Promise<readonly SeenDeadLetter[] | undefined> {
    const { deadLetters } = this.#harness
    if (deadLetters?.list) return deadLetters.list(this.namespace)
    return transport.deadLetters?.().map(({ frame, reason }) => ({ id: frame.header.id, code: reason.code }))
  }

  /** Has the wire lose a piece. */
  async lose(): Promise<void> {
    await this.#harness.faults?.lose?.()
  }

  /** Cuts the wire; returns how to mend it, which happens at the latest when the case has ended. */
  cut(): Promise<() => Promise<void>> {
    const { cut, restore } = this.#harness.faults as WireFaults
    return this.#break(cut, restore)
  }

  /** Makes the wire half-open; returns how to mend it, which happens at the latest when the case has ended. */
  freeze(): Promise<() => Promise<void>> {
    const { freeze = () => {}, thaw = () => {} } = this.#harness.faults as WireFaults
    return this.#break(freeze, thaw)
  }

  /** Resolves as soon as `condition` holds; throws, naming `what`, when it never does. */
  eventually(what: string | (() => string), condition: () => boolean): Promise<void> {
    return this.#patience.eventually(what, condition)
  }

  /** The result of `promise`; throws, naming `what`, when it does not settle in time. */
  within<T>(what: string, promise: MaybePromise<T>, extraMs?: number): Promise<T> {
    return this.#patience.within(what, promise, extraMs)
  }

  /** Resolves when the grace for what must not happen is over, or `condition` holds. */
  quiet(condition?: () => boolean): Promise<void> {
    return this.#patience.quiet(condition)
  }

  /**
   * Resolves when whatever was under way must have arrived: a marker sent after it has reached one of `listeners` by each
   * address, and the grace is over.
   */
  async silence(sender: TestPeer, ...marks: readonly (readonly [Address, ...Listener[]])[]): Promise<void> {
    for (const [address, ...listeners] of marks) {
      const id = `${markerPrefix}${ids.next()}`
      await sender.send(address, 'marker', { id })
      await this.eventually('a marker arrives', () => listeners.some(({ markers }) => markers.has(id)))
    }
    await this.quiet()
  }

  /** Mends what was broken and stops what was started. What goes wrong here is the concern of other rules. */
  async close(): Promise<void> {
    for (const mend of this.#broken) await this.#leniently(mend())
    await Promise.all(this.#agents.map(agent => this.#leniently(agent.stop({ drain: false }))))
    await Promise.all(this.#peers.map(({ transport }) => this.#leniently(closed(transport))))
  }

  async #break(how: () => MaybePromise<void>, undo: () => MaybePromise<void>): Promise<() => Promise<void>> {
    const mend = async () => {
      if (this.#broken.delete(mend)) await this.within('the wire comes back', undo())
    }
    this.#broken.add(mend)
    await this.within('the wire breaks', how())
    return mend
  }

  async #leniently(promise: MaybePromise<unknown>): Promise<void> {
    await this.within('it ends', promise).catch(() => undefined)
  }
}

async function closed(transport: Transport): Promise<void> {
  await transport.stop({ drain: false })
}
