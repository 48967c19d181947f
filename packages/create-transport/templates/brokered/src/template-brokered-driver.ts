import {
  type BrokerDriver,
  type BrokeredSettings,
  type BrokerHost,
  brokerError,
  type Consumption,
  type PendingPublish,
  type Sink,
} from '@sm/brokered'
import {
  abortable,
  backoffMs,
  type Cancel,
  type Capabilities,
  type Evidence,
  encodeFrame,
  formatAddress,
  type SubscriptionSpec,
  sleep,
  smError,
  type TransportContext,
  type TransportReceipt,
} from '@sm/core/transport'
import { capabilities } from './capabilities.ts'
import type { LoopbackBroker } from './loopback/loopback-broker.ts'
import type { QueuedFrame } from './loopback/loopback-queue.ts'
import type { LoopbackSession } from './loopback/loopback-session.ts'
import { TemplateBrokeredConsumption } from './template-brokered-consumption.ts'

/** A connection to the broker, while it lasts. */
interface Connected {
  readonly session: LoopbackSession
  /** Aborts when the connection is lost: whoever waits for an answer waits in vain. */
  readonly life: AbortController
}

/** Connects, publishes and consumes: all that is this broker's own. */
export class TemplateBrokeredDriver implements BrokerDriver<QueuedFrame> {
  readonly #broker: LoopbackBroker
  readonly #settings: BrokeredSettings
  readonly #context: TransportContext
  readonly #consumptions = new Set<TemplateBrokeredConsumption>()
  readonly #closing = new AbortController()
  #host: BrokerHost | undefined
  #connected: Connected | undefined
  #beat: Cancel | undefined

  constructor(broker: LoopbackBroker, settings: BrokeredSettings, context: TransportContext) {
    this.#broker = broker
    this.#settings = settings
    this.#context = context
  }

  async connect(host: BrokerHost, signal: AbortSignal): Promise<Capabilities> {
    this.#host = host
    await this.#open(signal)
    // TODO leave out what this very server cannot do.
    return { ...capabilities, maxFrameBytes: this.#settings.maxFrameBytes }
  }

  publish(pending: PendingPublish): void {
    this.#send(pending).then(
      receipt => pending.taken(receipt),
      error => pending.failed(error),
    )
  }
  consume({ target, group, durable }: SubscriptionSpec, sink: Sink<QueuedFrame>): Consumption<QueuedFrame> {
    const { maxQueued, graceMs } = this.#settings
    const { namespace } = this.#context
    const consumption = new TemplateBrokeredConsumption(
      { namespace, target, group, durable, maxQueued, graceMs },
      sink,
      error => this.#host?.fault(error),
      closed => this.#consumptions.delete(closed),
    )
    this.#consumptions.add(consumption)
    // Otherwise it is opened as soon as there is a connection again.
    if (this.#connected) void this.#openOne(consumption, this.#connected)
    return consumption
  }

  health() {
    return { connected: this.#connected !== undefined }
  }

  async disconnect(): Promise<void> {
    this.#closing.abort()
    this.#beat?.()
    const connected = this.#connected
    this.#connected = undefined
    connected?.life.abort(lostError())
    connected?.session.end()
  }

  async #send(pending: PendingPublish): Promise<TransportReceipt> {
    const { frame, address } = pending
    const { delivery } = frame.header
    if (!this.#connected) throw lostError()
    const { session, life } = this.#connected
    const bytes = encodeFrame(frame)
    const isKept = delivery === 'at-least-once'
    const isCancelled = () => pending.isEnded
    // From here on, only the broker knows.
    pending.written()
    const { namespace } = this.#context
    // TODO a real client: taken with its confirm, failed with lostError() when the connection goes first. It is then published
    // again, so give the broker its id where it can tell the second from the first.
    const shipment = { namespace, address, id: frame.header.id, bytes, isKept, isCancelled }
    const copies = await abortable(session.publish(shipment), life.signal)
    if (copies > 0) return { evidence: capabilities.delivery[delivery] as Evidence, copies }
    if (address.kind === 'topic') return { evidence: 'none', copies }
    const what = `The broker knows nobody at ${formatAddress(address)}`
    throw smError('SM_ROUTE_NONE', what, { details: { outcome: 'failed' } })
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context
    const { connectTimeoutMs } = this.#settings
    const late = new AbortController()
    const cancel = clock.schedule(() => late.abort(unreachable(`within ${connectTimeoutMs} ms`)), connectTimeoutMs)
    const life = new AbortController()
    const opening = this.#broker.connect(clock, () => this.#lost(life))
    try {
      const session = await abortable(opening, AbortSignal.any([signal, this.#closing.signal, late.signal]))
      if (session.isEnded) throw lostError()
      this.#connected = { session, life }
      this.#watch(this.#connected)
    } catch (cause) {
      // A session that comes after all is not wanted any more.
      void opening.then(
        session => session.end(),
        () => undefined,
      )
      if (signal.aborted || this.#closing.signal.aborted || cause === late.signal.reason) throw cause
      // TODO tell apart what users have to: SM_BROKER_AUTH, SM_BROKER_TLS, SM_BROKER_UNFIT.
      throw unreachable('now', cause)
    } finally {
      cancel()
    }
  }

  /** Asks the broker for a sign of life: a connection that looks open may be dead. */
  #watch(connected: Connected): void {
    const { clock } = this.#context
    const { heartbeatMs, deadAfterMs } = this.#settings
    let heardAt = clock.now()
    const beat = () => {
      if (this.#connected !== connected) return
      if (clock.now() - heardAt > deadAfterMs) {
        connected.session.end()
        this.#lost(connected.life)
        return
      }
      void connected.session.ping().then(() => {
        heardAt = clock.now()
      })
      this.#beat = clock.schedule(beat, heartbeatMs)
    }
    beat()
  }

  #lost(life: AbortController): void {
    if (this.#connected?.life !== life) return
    this.#connected = undefined
    const error = lostError()
    life.abort(error)
    for (const consumption of this.#consumptions) consumption.lost()
    this.#host?.down(error)
    void this.#reconnect()
  }

  /** Tries until there is a connection on which everything is as it was. */
  async #reconnect(): Promise<void> {
    const { clock, random } = this.#context
    const { signal } = this.#closing
    const waits = { ...this.#settings.reconnect, factor: 2, jitter: 0.5 }
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await sleep(clock, backoffMs(waits, attempt, random), signal)
        await this.#open(signal)
      } catch {
        // Why does not matter for as long as it is tried: the state says that it is.
        continue
      }
      const connected = this.#connected
      if (!connected) continue
      await Promise.all([...this.#consumptions].map(consumption => this.#openOne(consumption, connected)))
      // Lost again meanwhile: another call of this function is at work.
      if (this.#connected === connected) this.#host?.up()
      return
    }
  }

  async #openOne(consumption: TemplateBrokeredConsumption, { session, life }: Connected): Promise<void> {
    try {
      await abortable(consumption.open(session), life.signal)
    } catch (error) {
      // A lost connection is no fault of the subscription: it is opened on the next one.
      if (!life.signal.aborted && !session.isEnded) this.#host?.fault(error)
    }
  }
}

function lostError() {
  return brokerError('SM_BROKER_LOST', 'The connection to the broker is lost', { details: { outcome: 'unknown' } })
}

function unreachable(when: string, cause?: unknown) {
  const what = `The broker does not answer ${when}`
  return brokerError('SM_BROKER_UNREACHABLE', what, { ...(cause !== undefined && { cause }) })
}
