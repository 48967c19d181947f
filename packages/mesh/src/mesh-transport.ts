import {
  type Address,
  abortable,
  type Capabilities,
  type CloseOptions,
  Closing,
  createEmitter,
  type DeadLetter,
  type Delivery,
  demandsOf,
  type Emitter,
  type Frame,
  hostId,
  isSmError,
  Lifecycle,
  type MaybePromise,
  type Route,
  requireSubscribable,
  type SignalOptions,
  type SubscriptionSpec,
  sleep,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportSubscription,
} from '@sm/core/transport'
import type { MeshDriver } from './driver.ts'
import type { Choose, FrameCopy } from './groups/frame-copy.ts'
import { Groups } from './groups/groups.ts'
import { LocalMember } from './groups/local-member.ts'
import { checkPeer } from './links/check-peer.ts'
import { Intake } from './links/intake.ts'
import type { Link } from './links/link.ts'
import type { LinkHost } from './links/link-host.ts'
import { type LinkedPeer, toLinkedPeer } from './links/linked-peer.ts'
import { Memberships } from './links/memberships.ts'
import { Peers } from './links/peers.ts'
import { type MeshOptions, type MeshSettings, toMeshSettings } from './options.ts'
import { Outbound } from './outbound.ts'
import { Packer } from './wire/bodies/packer.ts'
import type { Hello } from './wire/packets/hello.ts'
import { wireMajor, wireMinor } from './wire/packets/packet.ts'

/** The facts by which mesh transports differ. */
export interface MeshDefinition {
  readonly name: string
  readonly capabilities: Capabilities
  readonly driver: MeshDriver
}

/** How often a drain looks whether peers have settled everything, in milliseconds. */
const settledPollMs = 5

/** A transport without a broker, on top of a driver that listens, dials and discovers. */
export class MeshTransport implements Transport {
  readonly name: string
  readonly capabilities: Capabilities
  readonly #context: TransportContext
  readonly #settings: MeshSettings
  readonly #driver: MeshDriver
  readonly #events: Emitter<TransportEvents>
  readonly #lifecycle: Lifecycle
  readonly #peers: Peers
  readonly #groups: Groups
  readonly #memberships: Memberships
  readonly #outbound: Outbound
  readonly #intake: Intake
  readonly #packer = new Packer()
  readonly #subscriptions = new Set<TransportSubscription>()
  #faults = 0
  /** True once a stop has done what can be done for frames under way. */
  #ended = false

  constructor({ name, capabilities, driver }: MeshDefinition, options: MeshOptions, context: TransportContext) {
    const { clock, random, logger, instance } = context
    const settings = toMeshSettings(options)
    const { reconnect, maxLinks, handshakeMs, maxFrameBytes, windowBytes, graceMs, maxInterests } = settings
    this.name = name
    this.capabilities = { ...capabilities, maxFrameBytes }
    this.#context = context
    this.#settings = settings
    this.#driver = driver
    this.#events = createEmitter<TransportEvents>(error => logger.error({ error }, 'A listener threw'))
    this.#lifecycle = new Lifecycle(name, this.#events)
    this.#intake = new Intake(windowBytes, maxInterests)
    this.#groups = new Groups({
      clock,
      graceMs,
      onChange: reason => this.#events.emit('routes', { reason }),
      onAbandoned: (group, entries) => this.#outbound.abandon(group, entries),
    })
    this.#memberships = new Memberships(this.#groups, maxInterests, event => this.#events.emit('peer', event))
    this.#outbound = new Outbound({
      transport: name,
      maxFrameBytes,
      groups: this.#groups,
      packer: this.#packer,
      context,
      links: () => this.#peers.links.values(),
    })
    const onFailure = (error: unknown) => this.#fault(error)
    const onSettled = (instance: string) => this.#groups.settled(instance)
    const onIsolated = (isolated: boolean) => this.#lifecycle.become(isolated ? 'degraded' : 'ready')
    this.#peers = new Peers({
      driver,
      instance,
      clock,
      random,
      reconnect,
      maxLinks,
      handshakeMs,
      host: this.#createLinkHost(),
      onFailure,
      onSettled,
      onIsolated,
    })
  }

  get state() {
    return this.#lifecycle.state
  }

  start(options?: SignalOptions): Promise<void> {
    return this.#lifecycle.start(
      () => this.#open(),
      () => this.#close({}),
      options,
    )
  }

  publish(frame: Frame, address: Address, options?: SignalOptions): MaybePromise<TransportReceipt> {
    this.#lifecycle.requireStarted('publish')
    return this.#outbound.publish(frame, address, options)
  }

  recall(choose: Choose): void {
    this.#outbound.recall(choose)
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    this.#lifecycle.requireStarted('subscribe')
    requireSubscribable(this.name, this.capabilities, demandsOf(spec))
    const local = this.#intake.add(spec, onDelivery)
    const group = this.#groups.open(spec.target, spec.group)
    const { agent, instance } = this.#context
    const { windowBytes } = this.#settings
    const member = new LocalMember(agent, instance, local, windowBytes, () => group.waiting > 0 && group.pump())
    this.#groups.join(group, member)
    for (const link of this.#peers.links.values()) link.interests([this.#intake.interestOf(local)], [])

    const closing = new Closing(async (options, drainEnds) => {
      this.#groups.leave(group, member)
      for (const link of this.#peers.links.values()) link.interests([], [local.id])
      if (options.drain) {
        local.retired = true
        // Frames that peers sent at most once before they heard of it are in once the peers have answered.
        await abortable(this.#peers.barrier(), drainEnds).catch(() => undefined)
        await local.drain(drainEnds)
      }
      this.#intake.remove(local)
      local.close()
      this.#subscriptions.delete(subscription)
    })
    const subscription: TransportSubscription = {
      ready: this.#peers.barrier(),
      close: (options = {}) => closing.run(options),
    }
    this.#subscriptions.add(subscription)
    return subscription
  }

  routes(address: Address): readonly Route[] {
    return this.#groups
      .for(address)
      .flatMap(({ members, group, isExpected }): Route[] =>
        isExpected
          ? [{ via: `group ${group}`, evidence: 'heard' }]
          : members.map(({ name }) => ({ via: name, evidence: 'subscribed' })),
      )
  }

  /** The peers that have a link now. */
  links(): readonly LinkedPeer[] {
    return [...this.#peers.links.values()].map(toLinkedPeer)
  }

  health(): TransportHealth {
    const details = {
      links: this.#peers.links.size,
      groups: this.#groups.size,
      waiting: this.#groups.waiting,
      queued: this.#intake.queued,
      faults: this.#faults,
      deadLetters: this.#intake.deadLetters.size,
      abandoned: this.#outbound.abandoned,
      ...this.#driver.details?.(),
    }
    return { state: this.state, details }
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#intake.deadLetters.items()
  }

  stop(options: CloseOptions = {}): Promise<void> {
    return this.#lifecycle.stop(() => this.#close(options))
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  async #open(): Promise<void> {
    await this.#driver.listen(
      connection => this.#peers.accept(connection),
      error => this.#fault(error),
    )
    await this.#driver.discover({
      found: sighting => this.#peers.found(sighting),
      lost: instance => this.#peers.lost(instance),
      severed: severed => {
        this.#peers.severed(severed)
        if (!severed) this.#groups.restored()
      },
    })
    await this.#peers.settle(this.#settings.settleMs)
  }

  async #close(options: CloseOptions): Promise<void> {
    await Promise.all([...this.#subscriptions].map(subscription => subscription.close(options)))
    if (options.drain) await this.#settled(options.signal)
    this.#ended = true
    this.#groups.close()
    this.#peers.close()
    await this.#driver.close()
  }

  /** Waits until peers have settled what was sent to them, or `signal` aborts. */
  async #settled(signal: AbortSignal | undefined): Promise<void> {
    const busy = () => this.#groups.waiting > 0 || this.#peers.unsettled > 0
    while (busy() && !signal?.aborted) await sleep(this.#context.clock, settledPollMs)
  }

  #createLinkHost(): LinkHost<Link> {
    const { clock, namespace, agent, instance } = this.#context
    const { maxFrameBytes } = this.#settings
    const wire = { major: wireMajor, minor: wireMinor }
    return {
      hello: { wire, namespace, agent, instance, hostId, processId: process.pid, packed: true, maxFrameBytes },
      settings: this.#settings,
      clock,
      links: () => this.#peers.links.size,
      packer: this.#packer,
      opened: link => this.#opened(link),
      interests: (link, change) => this.#memberships.change(link, change),
      arrived: (arrival, frame) => this.#intake.arrived(arrival, frame),
      announced: arrival => this.#intake.announced(arrival),
      unread: arrival => this.#intake.unread(arrival),
      credit: (link, interest, granted) => this.#memberships.grant(link, interest, granted),
      returned: (copy, delayMs, begun) => copy.group.returned(copy, delayMs, begun),
      room: () => this.#groups.pump(),
      fault: error => this.#fault(error),
      closed: (link, error, unsettled) => this.#closed(link, error, unsettled),
    }
  }

  #opened(link: Link): void {
    checkPeer(link.peer as Hello, this.#context)
    if (!this.#peers.opened(link)) {
      link.bye()
      return
    }
    link.interests(this.#intake.interests, [])
  }

  #closed(link: Link, error: unknown, unsettled: readonly FrameCopy[]): void {
    const current = this.#peers.closed(link, error)
    this.#intake.forget(link)
    // A peer that said goodbye has not taken what it did not confirm. The rest goes back first, so that groups keep it for a
    // successor.
    const missed = ({ awaiting }: FrameCopy) => error === undefined && awaiting !== undefined
    if (this.#ended) this.#outbound.unconfirmed(unsettled)
    else for (const copy of unsettled) if (!missed(copy)) copy.group.again(copy, 0)
    this.#memberships.forget(link, this.#peers.absence(link, error))
    if (!this.#ended) for (const copy of unsettled) if (missed(copy)) copy.group.missed(copy)
    if (current) this.#memberships.left(link)
  }

  #fault(error: unknown): void {
    const { metrics, logger, agent } = this.#context
    const transport = this.name
    this.#faults += 1
    const code = isSmError(error) ? error.code : 'none'
    metrics.count('smartmessage.mesh.faults', 1, { transport, code })
    logger.warn({ transport, agent, code, error }, 'A fault on a link')
  }
}
