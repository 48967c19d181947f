import {
  type BrokerDriver,
  type BrokeredSettings,
  type BrokerHost,
  brokerError,
  type Consumption,
  type PendingPublish,
  Reconnects,
  type Sink,
} from '@sm/brokered'
import {
  abortable,
  type Capabilities,
  type Evidence,
  encodeFrame,
  type SubscriptionSpec,
  type TransportContext,
} from '@sm/core/transport'
import type { Endpoint } from '../network/endpoint.ts'
import type { Broker } from './broker.ts'
import { ClientSession, type ClientSessionHost } from './client-session.ts'
import type { FromBroker } from './packets.ts'
import { type FrameToken, SimulatedConsumption } from './simulated-consumption.ts'
import { lostError, UnconfirmedPublishes } from './unconfirmed-publishes.ts'

/** Connects to the simulated broker, publishes and consumes, and connects again. */
export class SimulatedBrokerDriver implements BrokerDriver<FrameToken>, ClientSessionHost {
  readonly #deps: SimulatedBrokerDriverDeps
  readonly #reconnects: Reconnects
  readonly #unconfirmed: UnconfirmedPublishes
  readonly #consumptions = new Map<number, SimulatedConsumption>()
  readonly #closing = new AbortController()
  #host: BrokerHost | undefined
  #session: ClientSession | undefined
  #numbers = 0

  constructor(deps: SimulatedBrokerDriverDeps) {
    this.#deps = deps
    const { context, settings, capabilities } = deps
    this.#reconnects = new Reconnects({ ...context, settings })
    const evidence = capabilities.delivery['at-least-once'] as Evidence
    const { clock, namespace } = context
    this.#unconfirmed = new UnconfirmedPublishes({ clock, namespace, answerMs: deps.answerMs, evidence })
  }

  async connect(host: BrokerHost, signal: AbortSignal): Promise<Capabilities> {
    this.#host = host
    this.#session = await this.#dial(AbortSignal.any([signal, this.#closing.signal]))
    this.#reconnects.opened()
    return this.#deps.capabilities
  }

  publish(pending: PendingPublish): void {
    const session = this.#session
    if (!session) throw lostError()
    this.#numbers += 1
    const { frame, address } = pending
    pending.written()
    if (frame.header.delivery === 'at-least-once') this.#unconfirmed.publish(this.#numbers, pending, session)
    else {
      const { id } = frame.header
      const bytes = encodeFrame(frame)
      const { namespace } = this.#deps.context
      session.sendBeside({ kind: 'publish', number: this.#numbers, id, namespace, address, bytes, kept: false })
      pending.taken({ evidence: 'sent' })
    }
  }

  consume(spec: SubscriptionSpec, sink: Sink<FrameToken>): Consumption<FrameToken> {
    this.#numbers += 1
    const number = this.#numbers
    const { namespace } = this.#deps.context
    const closed = () => this.#consumptions.delete(number)
    const consumption = new SimulatedConsumption(number, { ...spec, namespace }, sink, closed)
    this.#consumptions.set(number, consumption)
    // Otherwise it is opened as soon as there is a connection again.
    if (this.#session) void consumption.open(this.#session)
    return consumption
  }

  health() {
    return { connected: this.#session !== undefined, unconfirmed: this.#unconfirmed.size }
  }

  async disconnect(): Promise<void> {
    this.#closing.abort(lostError())
    this.#session?.end()
    this.#session = undefined
    this.#unconfirmed.lost()
  }

  heard(packet: FromBroker, session: ClientSession): void {
    if (session !== this.#session && packet.kind !== 'consuming') return
    if (packet.kind === 'confirm') this.#unconfirmed.confirmed(packet.number, packet.copies)
    else if ('consumer' in packet) this.#consumptions.get(packet.consumer)?.heard(packet, session)
  }

  lost(session: ClientSession): void {
    if (session !== this.#session) return
    this.#session = undefined
    this.#reconnects.lost()
    this.#unconfirmed.lost()
    for (const consumption of this.#consumptions.values()) consumption.lost()
    this.#host?.down(lostError())
    void this.#reconnect()
  }

  /** Tries until there is a connection on which everything is as it was. */
  async #reconnect(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#reconnects.pause(signal)
        const session = await this.#dial(signal)
        this.#session = session
        await Promise.all([...this.#consumptions.values()].map(consumption => consumption.open(session)))
        if (session.isEnded) return
        this.#reconnects.opened()
        this.#host?.up()
        return
      } catch {
        // Why does not matter as long as it is tried: the state says that it is.
      }
    }
  }

  #dial(signal: AbortSignal): Promise<ClientSession> {
    const { broker, endpoint, context, settings } = this.#deps
    const { network } = broker
    const { clock } = context
    const { connectTimeoutMs, heartbeatMs, deadAfterMs } = settings
    const late = new AbortController()
    const cancel = clock.schedule(() => late.abort(unreachable(`within ${connectTimeoutMs} ms`)), connectTimeoutMs)
    const any = AbortSignal.any([signal, late.signal])
    const dialling = new Promise<ClientSession>((resolve, reject) => {
      network.reach(endpoint.host, broker.host, () => {
        let session: ClientSession | undefined
        const call = endpoint.isAlive ? broker.accept(endpoint, packet => session?.hear(packet)) : undefined
        if (call) {
          const there = broker.endpoint
          const { end, session: remote } = call
          session = new ClientSession({ network, here: endpoint, there, end, remote, clock, heartbeatMs, deadAfterMs })
        }
        network.reach(broker.host, endpoint.host, () => {
          if (!session) return reject(unreachable('now'))
          session.open(this)
          if (any.aborted) session.end()
          else resolve(session)
        })
      })
    })
    return abortable(dialling, any).finally(cancel)
  }
}

/** Dependencies of a driver. */
export interface SimulatedBrokerDriverDeps {
  readonly broker: Broker
  readonly endpoint: Endpoint
  readonly settings: BrokeredSettings
  readonly capabilities: Capabilities
  readonly context: TransportContext
  /** After how long a publish that is not confirmed is sent again, in milliseconds. */
  readonly answerMs: number
}

function unreachable(when: string) {
  return brokerError('SM_BROKER_UNREACHABLE', `The broker does not answer ${when}`)
}
