import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import {
  type BrokerDriver,
  type BrokeredSettings,
  type BrokerHost,
  brokerError,
  type PendingPublish,
  type Sink,
} from '@sm/brokered'
import {
  type Capabilities,
  type SubscriptionSpec,
  sleep,
  type TransportContext,
  type TransportHealth,
} from '@sm/core/transport'
import { capabilitiesWith } from './capabilities.ts'
import { Connector } from './connection/connector.ts'
import { NatsConsumption } from './consuming/nats-consumption.ts'
import { Tries } from './consuming/tries.ts'
import { Groups } from './groups/groups.ts'
import { formatHost, type NatsSettings } from './options.ts'
import { AtLeastOncePublisher } from './publishing/at-least-once-publisher.ts'
import { AtMostOncePublisher } from './publishing/at-most-once-publisher.ts'
import type { Session } from './session.ts'
import { findJetStream } from './streams/jetstream.ts'
import { losesShared, tooOld } from './streams/replicas.ts'
import { ensureStreams } from './streams/streams.ts'
import { Names } from './wire/names.ts'

/** How long a server may take to remove a stream, in milliseconds. */
const removalMs = 500
/** How long a server may take to answer what is asked of its streams, before it is asked again, in milliseconds. */
const streamAnswerMs = 1_500

export type DriverSettings = BrokeredSettings & NatsSettings

/** NATS: what is sent at most once goes over plain subjects, the rest through JetStream. */
export class NatsDriver implements BrokerDriver<string> {
  readonly #settings: DriverSettings
  readonly #context: TransportContext
  readonly #names: Names
  readonly #groups: Groups
  readonly #tries: Tries
  readonly #plain: AtMostOncePublisher
  readonly #kept: AtLeastOncePublisher
  readonly #connector: Connector
  readonly #consumptions = new Set<NatsConsumption>()
  /** How long JetStream may take to answer. While a cluster chooses who leads, nobody does. */
  readonly #answerMs: number
  #host: BrokerHost | undefined
  #session: Session | undefined
  #manager: JetStreamManager | undefined
  #hasJetStream = false
  #mending: Promise<void> | undefined
  /** When the stream was made. */
  #created: string | undefined

  constructor(settings: DriverSettings, context: TransportContext) {
    const { clock, namespace, agent, instance } = context
    this.#settings = settings
    this.#context = context
    this.#names = new Names(namespace)
    const names = this.#names
    const fault = (error: unknown) => this.#host?.fault(error)
    const { maxQueued, deadAfterMs: returnMs, format } = settings
    this.#groups = new Groups({ names, clock, maxQueued, returnMs, fault })
    this.#tries = new Tries({ names, clock })
    this.#plain = new AtMostOncePublisher({ names, self: `${agent}/${instance}`, clock, returnMs, format })
    this.#answerMs = Math.max(5_000, settings.deadAfterMs)
    const streamMissing = () => void this.#mend()
    this.#kept = new AtLeastOncePublisher({
      names,
      groups: this.#groups,
      clock,
      format,
      answerMs: this.#answerMs,
      streamMissing,
    })
    this.#connector = new Connector(settings, context, {
      open: session => this.#reopen(session),
      lost: error => this.#lost(error),
      complaint: error => this.#complaint(error),
      failed: fault,
    })
  }

  async connect(host: BrokerHost, signal: AbortSignal): Promise<Capabilities> {
    this.#host = host
    const session = await this.#connector.connect(signal, async opened => {
      const missing = await findJetStream(opened, this.#context.clock)
      this.#hasJetStream = missing === undefined
      if (missing) this.#context.logger.warn({ transport: 'nats', error: missing }, missing.message)
      await this.#open(opened)
    })
    return capabilitiesWith({ maxPayload: session.maxPayload, jetStream: this.#hasJetStream })
  }

  publish(pending: PendingPublish): void {
    if (!this.#session) throw brokerError('SM_BROKER_LOST', 'The connection to NATS is lost')
    if (pending.frame.header.delivery === 'at-most-once') this.#plain.publish(pending)
    else this.#kept.publish(pending)
  }

  consume(spec: SubscriptionSpec, sink: Sink<string>): NatsConsumption {
    const { clock } = this.#context
    const fault = (error: unknown) => this.#host?.fault(error)
    const mend = () => this.#mend()
    const parts = {
      names: this.#names,
      groups: this.#groups,
      tries: this.#tries,
      settings: this.#settings,
      clock,
      fault,
      mend,
    }
    const consumption = new NatsConsumption(spec, sink, parts, closed => this.#consumptions.delete(closed))
    this.#consumptions.add(consumption)
    const [session, manager] = [this.#session, this.#manager]
    // Never within the call.
    if (session) queueMicrotask(() => void consumption.attach(session, manager).catch(fault))
    return consumption
  }

  health(): TransportHealth['details'] {
    const session = this.#session
    return {
      connected: session !== undefined,
      server: session ? formatHost(session.host) : '',
      version: session?.connection.info?.version ?? '',
      jetStream: this.#hasJetStream,
      groups: this.#groups.size,
      unconfirmed: this.#plain.inFlight + this.#kept.inFlight,
      held: [...this.#consumptions].reduce((sum, { held }) => sum + held, 0),
    }
  }

  async disconnect(): Promise<void> {
    this.#detach(brokerError('SM_BROKER_LOST', 'The connection to NATS is closed', { details: { outcome: 'unknown' } }))
    await this.#connector.close()
  }

  /** Builds on a new connection what there was on the one before. */
  async #open(session: Session): Promise<void> {
    const manager = this.#hasJetStream ? await managerOf(session, this.#answerMs) : undefined
    if (manager) {
      await this.#ensureStreams(session)
      await Promise.all([this.#groups.attach(session, manager), this.#tries.attach(session, manager)])
      this.#kept.attach(session)
    }
    this.#plain.attach(session)
    this.#session = session
    this.#manager = manager
    await Promise.all([...this.#consumptions].map(consumption => this.#attach(consumption, session, manager)))
    if (!session.isOpen) throw session.lostError()
  }

  async #reopen(session: Session): Promise<void> {
    try {
      await this.#open(session)
    } catch (error) {
      this.#detach(error)
      throw error
    }
    this.#host?.up()
  }

  async #attach(consumption: NatsConsumption, session: Session, manager: JetStreamManager | undefined): Promise<void> {
    try {
      await consumption.attach(session, manager)
    } catch (error) {
      this.#host?.fault(error)
      const { maxMs } = this.#settings.reconnect
      const again = () => {
        if (this.#session === session) void this.#attach(consumption, session, manager)
      }
      this.#context.clock.schedule(again, maxMs)
    }
  }

  #lost(error: unknown): void {
    this.#detach(error)
    this.#host?.down(error)
  }

  #detach(error: unknown): void {
    this.#session = undefined
    this.#manager = undefined
    this.#plain.detach(error)
    this.#kept.detach(error)
    this.#groups.detach()
    this.#tries.detach()
    for (const consumption of this.#consumptions) consumption.detach()
  }

  #complaint(cause: Error): void {
    if (cause instanceof errors.PermissionViolationError && cause.operation === 'publish') {
      const error = brokerError('SM_BROKER_AUTH', `The user may not publish to ${cause.subject}`, {
        details: { outcome: 'failed' },
        cause,
      })
      this.#plain.denied(cause.subject, error)
      this.#kept.denied(cause.subject, error)
    }
    this.#host?.fault(brokerError('SM_BROKER_REFUSED', `The NATS server complains: ${cause.message}`, { cause }))
  }

  /** Somebody has removed the stream: makes it anew, and looks who is there. */
  #mend(): Promise<void> {
    this.#mending ??= this.#makeStreams().finally(() => {
      this.#mending = undefined
    })
    return this.#mending
  }

  async #makeStreams(): Promise<void> {
    const session = this.#session
    if (!session || !this.#manager) return
    // A server that is asked while it still removes the old one ends up with something of both.
    await sleep(this.#context.clock, removalMs)
    try {
      await this.#ensureStreams(session)
      await this.#groups.refresh()
    } catch (error) {
      if (session.isOpen) this.#host?.fault(error)
    }
  }

  /** Asks with little patience and more than once: see {@link ensureStreams}. */
  async #ensureStreams(session: Session): Promise<void> {
    const { clock, logger } = this.#context
    const manager = await managerOf(session, streamAnswerMs)
    const { config, created } = await ensureStreams(this.#names, this.#settings, manager, session, clock)
    if (this.#created !== undefined && this.#created !== created) this.#groups.forgotten()
    this.#created = created
    const version = session.connection.info?.version ?? ''
    const { num_replicas: replicas } = config
    const isLossy = losesShared(version, replicas)
    if (isLossy && !this.#kept.losesShared) {
      const error = tooOld(version, replicas)
      logger.warn({ transport: 'nats', error }, error.message)
    }
    this.#kept.losesShared = isLossy
  }
}

function managerOf(session: Session, timeout: number): Promise<JetStreamManager> {
  return jetstreamManager(session.connection, { checkAPI: false, timeout })
}
