import {
  type Address,
  type Capabilities,
  type CloseOptions,
  createEmitter,
  type Delivery,
  type Emitter,
  type Frame,
  formatAddress,
  frameBytes,
  isSmError,
  isWildcard,
  Lifecycle,
  type MaybePromise,
  type Peer,
  type Route,
  requireSubscribable,
  type SignalOptions,
  type SubscriptionSpec,
  sleep,
  smError,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportSubscription,
} from '@sm/core/transport'
import type { MeshDriver } from './driver.ts'
import { Entry } from './entry.ts'
import { meshError } from './errors.ts'
import { Groups } from './groups.ts'
import { hostId } from './host-id.ts'
import { Intake } from './intake.ts'
import type { Link, LinkHost } from './link.ts'
import { LinkMember } from './link-member.ts'
import { LocalMember } from './local-member.ts'
import { type MeshOptions, type MeshSettings, toMeshSettings } from './options.ts'
import { Peers } from './peers.ts'
import { Publication } from './publication.ts'
import type { RemoteGroup } from './remote-group.ts'
import type { Hello, InterestChange } from './wire/hello.ts'
import { wireMajor, wireMinor } from './wire/packet.ts'

/** What makes one mesh transport differ from another. */
export interface MeshDefinition {
  readonly name: string
  readonly capabilities: Capabilities
  readonly driver: MeshDriver
}

/** A publish that has not been confirmed within this time begins to heed its signal. */
const watchAfterMs = 100

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
  readonly #intake: Intake
  readonly #members = new Map<Link, Map<number, LinkMember>>()
  readonly #subscriptions = new Set<TransportSubscription>()
  #unconfirmed: Publication[] = []
  #watching = false
  #faults = 0
  #abandoned = 0

  constructor({ name, capabilities, driver }: MeshDefinition, options: MeshOptions, context: TransportContext) {
    const { clock, random, logger, instance } = context
    const settings = toMeshSettings(options)
    this.name = name
    this.capabilities = { ...capabilities, maxFrameBytes: settings.maxFrameBytes }
    this.#context = context
    this.#settings = settings
    this.#driver = driver
    this.#events = createEmitter<TransportEvents>(error => logger.error({ error }, 'A listener threw'))
    this.#lifecycle = new Lifecycle(name, this.#events)
    this.#intake = new Intake(settings.windowBytes)
    this.#groups = new Groups({
      clock,
      graceMs: settings.graceMs,
      onChange: reason => this.#events.emit('routes', { reason }),
      onAbandoned: (group, entries) => this.#abandon(group, entries),
    })
    const { reconnect, maxLinks, handshakeMs } = settings
    const host = this.#createLinkHost()
    const onFailure = (error: unknown) => this.#fault(error)
    this.#peers = new Peers({ driver, instance, clock, random, reconnect, maxLinks, handshakeMs, host, onFailure })
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
    const bytes = frameBytes(frame)
    const { maxFrameBytes } = this.#settings
    if (bytes > maxFrameBytes) {
      const what = `The frame of ${frame.header.type} has ${bytes} bytes, and ${this.name} takes ${maxFrameBytes}`
      throw smError('SM_FRAME_TOO_LARGE', what, { details: { bytes, maxFrameBytes, outcome: 'failed' } })
    }
    const groups = this.#groups.for(address)
    if (groups.length === 0) return this.#unrouted(address)
    const reliable = frame.header.delivery === 'at-least-once'
    const receipt = { evidence: reliable ? 'accepted' : 'sent', copies: groups.length } as const
    if (reliable) return this.#confirm(frame, groups, receipt, options)
    const full = groups.filter(group => !group.offer(frame))
    return full.length === 0 ? receipt : this.#confirm(frame, full, receipt, options)
  }

  subscribe(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void): TransportSubscription {
    this.#lifecycle.requireStarted('subscribe')
    const wildcard = spec.target.kind === 'pattern' && isWildcard(spec.target.pattern)
    requireSubscribable(this.name, this.capabilities, { durable: spec.durable, wildcard })
    const local = this.#intake.add(spec, onDelivery)
    const group = this.#groups.open(spec.target, spec.group)
    const { agent, instance } = this.#context
    const member = new LocalMember(agent, instance, local, () => group.waiting > 0 && group.pump())
    this.#groups.join(group, member)
    for (const link of this.#peers.links.values()) link.interests([this.#intake.interestOf(local)], [])

    const close = async (options: CloseOptions): Promise<void> => {
      this.#groups.leave(group, member)
      for (const link of this.#peers.links.values()) link.interests([], [local.id])
      if (options.drain) {
        // What peers sent before they heard of it is in once they have answered.
        await this.#barrier()
        await local.drain(options)
      }
      this.#intake.remove(local)
      local.close()
      this.#subscriptions.delete(subscription)
    }
    let closing: Promise<void> | undefined
    const subscription: TransportSubscription = {
      ready: this.#barrier(),
      close: (options = {}) => {
        closing ??= close(options)
        return closing
      },
    }
    this.#subscriptions.add(subscription)
    return subscription
  }

  routes(address: Address): readonly Route[] {
    return this.#groups
      .for(address)
      .flatMap(({ members }) => members.map(({ name }) => ({ via: name, evidence: 'subscribed' }) as const))
  }

  health(): TransportHealth {
    const { size: groups, waiting } = this.#groups
    const details = {
      links: this.#peers.links.size,
      groups,
      waiting,
      queued: this.#intake.queued,
      faults: this.#faults,
      abandoned: this.#abandoned,
    }
    return { state: this.state, details }
  }

  stop(options: CloseOptions = {}): Promise<void> {
    return this.#lifecycle.stop(() => this.#close(options))
  }

  on<Name extends keyof TransportEvents>(name: Name, listener: (event: TransportEvents[Name]) => void) {
    return this.#events.on(name, listener)
  }

  async #open(): Promise<void> {
    await this.#driver.listen(connection => this.#peers.accept(connection))
    await this.#driver.discover({
      found: sighting => this.#peers.found(sighting),
      lost: instance => this.#peers.lost(instance),
    })
    await this.#peers.ready(this.#settings.settleMs)
    await this.#barrier()
  }

  async #close(options: CloseOptions): Promise<void> {
    await Promise.all([...this.#subscriptions].map(subscription => subscription.close(options)))
    if (options.drain) await this.#settled(options.signal)
    this.#groups.close()
    this.#peers.close()
    await this.#driver.close()
  }

  /** Waits until peers have settled what was sent to them, or `signal` aborts. */
  async #settled(signal: AbortSignal | undefined): Promise<void> {
    const busy = () => [...this.#peers.links.values()].some(({ unsettled }) => unsettled > 0)
    while (busy() && !signal?.aborted) await sleep(this.#context.clock, 5)
  }

  /** Resolves when every peer has read what was written to it, and what it wrote before has come in. */
  async #barrier(): Promise<void> {
    await Promise.all([...this.#peers.links.values()].map(link => link.barrier()))
  }

  #unrouted(address: Address): TransportReceipt {
    if (address.kind === 'topic') return { evidence: 'none', copies: 0 }
    throw smError('SM_ROUTE_NONE', `No peer of ${this.name} has the inbox ${formatAddress(address)}`, {
      details: { outcome: 'failed' },
    })
  }

  #confirm(
    frame: Frame,
    groups: readonly RemoteGroup[],
    receipt: TransportReceipt,
    options: SignalOptions | undefined,
  ): Promise<TransportReceipt> {
    const publication = new Publication(groups.length, receipt, options)
    let waits = false
    for (const group of groups) {
      const entry = new Entry(frame, group, publication)
      publication.add(entry)
      group.push(entry)
      waits ||= entry.awaiting !== undefined && !entry.sent
    }
    if (waits) publication.watch()
    else this.#watchLater(publication)
    return publication.promise
  }

  #watchLater(publication: Publication): void {
    this.#unconfirmed.push(publication)
    if (this.#watching) return
    this.#watching = true
    this.#context.clock.schedule(() => {
      this.#watching = false
      const old = this.#unconfirmed
      this.#unconfirmed = []
      for (const unconfirmed of old) unconfirmed.watch()
    }, watchAfterMs)
  }

  #createLinkHost(): LinkHost {
    const { clock, namespace, agent, instance } = this.#context
    const hello: Hello = {
      wire: { major: wireMajor, minor: wireMinor },
      namespace,
      agent,
      instance,
      hostId,
      processId: process.pid,
      packed: false,
      maxFrameBytes: this.#settings.maxFrameBytes,
    }
    return {
      hello,
      settings: this.#settings,
      clock,
      opened: link => this.#opened(link),
      interests: (link, change) => this.#interests(link, change),
      arrived: (arrival, frame) => this.#intake.arrived(arrival, frame),
      announced: arrival => this.#intake.announced(arrival),
      credit: (link, interest, granted) => {
        const member = this.#members.get(link)?.get(interest)
        member?.grant(granted)
        if (member && member.group.waiting > 0) member.group.pump()
      },
      returned: (entry, delayMs) => entry.group.again(entry, delayMs),
      room: () => this.#groups.pump(),
      fault: (_link, error) => this.#fault(error),
      closed: (link, error, unsettled) => this.#closed(link, error, unsettled),
    }
  }

  #opened(link: Link): void {
    const { namespace, agent, instance } = link.peer as Hello
    if (namespace !== this.#context.namespace) {
      throw meshError(
        'SM_MESH_PROTOCOL',
        `The peer ${agent} is of the namespace ${namespace}, not of ${this.#context.namespace}`,
      )
    }
    if (instance === this.#context.instance) throw meshError('SM_MESH_PROTOCOL', 'The peer is this very agent')
    if (!this.#peers.opened(link)) {
      link.bye()
      return
    }
    link.interests(this.#intake.interests, [])
    this.#events.emit('peer', { change: 'joined', peer: toPeer(link.peer as Hello) })
  }

  #interests(link: Link, { add, remove }: InterestChange): void {
    let members = this.#members.get(link)
    if (!members) {
      members = new Map()
      this.#members.set(link, members)
    }
    if (members.size + add.length > this.#settings.maxInterests) {
      throw meshError(
        'SM_MESH_LIMIT',
        `A peer has more than ${this.#settings.maxInterests} subscriptions (maxInterests)`,
      )
    }
    for (const id of remove) {
      const member = members.get(id)
      members.delete(id)
      if (member) this.#groups.leave(member.group, member)
    }
    for (const interest of add) {
      if (members.has(interest.id))
        throw meshError('SM_MESH_PROTOCOL', `The interest ${interest.id} is announced twice`)
      const group = this.#groups.open(interest.target, interest.group)
      const member = new LinkMember(link, interest, group)
      members.set(interest.id, member)
      this.#groups.join(group, member)
    }
  }

  #closed(link: Link, error: unknown, unsettled: readonly Entry[]): void {
    const current = this.#peers.closed(link, error)
    this.#intake.forget(link)
    // First back to their groups, which keep them for a successor if the link had their last member.
    for (const entry of unsettled) entry.group.again(entry, 0)
    for (const member of this.#members.get(link)?.values() ?? []) this.#groups.leave(member.group, member)
    this.#members.delete(link)
    if (current && link.peer) this.#events.emit('peer', { change: 'left', peer: toPeer(link.peer) })
  }

  #abandon(group: RemoteGroup, entries: readonly Entry[]): void {
    let lost = 0
    for (const entry of entries) {
      if (!entry.awaiting) lost += 1
      const outcome = entry.attempt > 1 ? 'unknown' : 'failed'
      entry.failed(smError('SM_ROUTE_NONE', `The last consumer of ${group.key} is gone`, { details: { outcome } }))
    }
    if (lost === 0) return
    this.#abandoned += lost
    const { code, message } = smError('SM_DELIVERY_ABANDONED', `${lost} frames for ${group.key} had been accepted`)
    this.#context.logger.error({ transport: this.name, code, lost }, message)
  }

  #fault(error: unknown): void {
    this.#faults += 1
    const code = isSmError(error) ? error.code : undefined
    this.#context.metrics.count('smartmessage.mesh.faults', 1, { transport: this.name, code: code ?? 'none' })
    this.#context.logger.warn({ transport: this.name, agent: this.#context.agent, code, error }, 'A fault on a link')
  }
}

function toPeer({ agent, instance, hostId: host, processId }: Hello): Peer {
  return { agent, instance, hostId: host, processId }
}
