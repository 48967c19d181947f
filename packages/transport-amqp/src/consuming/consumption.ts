import { ageFromExpiringBroker, brokerError, type Consumption, type Sink } from '@sm/brokered'
import { type Clock, Deque, type Frame, type Settlement } from '@sm/core/transport'
import type { ConsumeMessage } from 'amqplib'
import { goneError, requestError } from '../errors.ts'
import type { Session } from '../session.ts'
import type { ConsumerPlan } from '../topology/consumer-plan.ts'
import { attemptOf, toFrame } from '../wire/amqp-message.ts'
import { probeType } from '../wire/probe.ts'
import { ConsumerChannel, type ConsumerHost } from './consumer-channel.ts'
import type { HeldMessage } from './held-message.ts'
import { Moves, type MovesHost } from './moves.ts'

/** The parts of the driver that a consumption calls back. */
export interface ConsumptionHost extends MovesHost {
  readonly clock: Clock
  /** Its channel is gone while the connection goes on: attach it again. */
  reopen(consumption: AmqpConsumption, error: unknown): void
  closed(consumption: AmqpConsumption): void
}

/** How often a queue that is to run dry is looked at, in milliseconds. */
const lookMs = 20

/** One subscription. It outlives the channels that it consumes by. */
export class AmqpConsumption implements Consumption<HeldMessage>, ConsumerHost {
  readonly ready: Promise<void>
  readonly #deps: ConsumptionDeps
  readonly #settled = Promise.withResolvers<void>()
  /** Ends whatever waits for the connection. */
  readonly #end = Promise.withResolvers<never>()
  #channel: ConsumerChannel | undefined
  #attached = Promise.withResolvers<ConsumerChannel>()
  /** Frames that the consumer has no room for. There are no more than the prefetch. */
  readonly #pending = new Deque<HeldMessage>()
  /** Frames that came after retire(): for others, or, if there are none, for this side all the same. */
  #late: HeldMessage[] = []
  readonly #moves: Moves
  #onEmpty: (() => void) | undefined
  #isOpening = false
  #isReady = false
  #isRetiring = false
  /** The broker has not heard yet that this side wants no more. */
  #isStopping = false
  #isClosed = false

  constructor(deps: ConsumptionDeps) {
    this.#deps = deps
    this.#moves = new Moves(deps.host)
    this.ready = this.#settled.promise
    this.ready.catch(() => undefined)
    this.#end.promise.catch(() => undefined)
  }

  get clock(): Clock {
    return this.#deps.host.clock
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Consumes by a channel of this session. Throws coded errors; one that stays, the first time, ends the consumption. */
  async attach(session: Session): Promise<void> {
    const { plan, host } = this.#deps
    try {
      await this.#open(session)
      this.#isReady = true
      this.#settled.resolve()
    } catch (cause) {
      const error = requestError(cause, plan.kept.queue)
      if (this.#isReady || this.#isClosed || error.code === 'SM_BROKER_LOST') throw error
      this.#isClosed = true
      this.#settled.reject(error)
      this.#end.reject(error)
      host.closed(this)
    }
  }

  /** The connection is gone, and with it the right to settle what came by it. */
  detach(): void {
    if (!this.#channel) return
    this.#channel.abandon()
    this.#channel = undefined
    this.#attached = Promise.withResolvers()
    this.#late = []
    this.#pending.drain()
    this.#deps.sink.lost()
    this.#checkEmpty()
  }

  begin(held: HeldMessage): Promise<number> {
    const { host, plan } = this.#deps
    return host.requeue.begin(held, plan.kept.queue)
  }

  /** Declares and binds its queues again, should somebody have removed what they need. */
  async check(): Promise<void> {
    if (!this.#isRetiring && this.#isReady && !this.#isOpening) await this.#channel?.check()
  }

  settle(held: HeldMessage, settlement: Settlement): void {
    const { message, channel } = held
    if (channel !== this.#channel) return
    const { host, plan } = this.#deps
    host.requeue.forget(held)
    if (settlement.kind === 'ack') channel.ack(message)
    else if (settlement.kind === 'nack') {
      const { delayMs, begun = true } = settlement
      this.#moves.add(host.requeue.comeBack(held, plan.kept.queue, delayMs, begun), channel, message)
    } else this.#moves.add(host.requeue.bury(message, plan.kept.queue, settlement.reason), channel, message)
  }

  more(): void {
    while (this.#pending.length > 0 && this.#deps.sink.room > 0) this.#hand(this.#pending.shift() as HeldMessage)
    this.#checkEmpty()
  }

  async retire(): Promise<void> {
    this.#isRetiring = true
    this.#isStopping = true
    while (!this.#isClosed) {
      // close() rejects what still waits.
      const channel = await Promise.race([this.#attached.promise, this.#end.promise])
      try {
        await this.#retireBy(channel)
        return
      } catch (error) {
        if (channel === this.#channel && !channel.isOver) throw requestError(error, this.#deps.plan.kept.queue)
      }
      await this.#deps.host.requeue.pause(lookMs)
    }
  }

  async close(unsettled: readonly HeldMessage[]): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { host, durable } = this.#deps
    this.#settled.reject(brokerError('SM_BROKER_DOWN', 'The subscription was closed before it was ready'))
    this.#end.reject(brokerError('SM_BROKER_DOWN', 'The subscription is closed'))
    const channel = this.#channel
    const owed = unsettled.length + this.#late.length + this.#pending.drain().length
    host.closed(this)
    await this.#moves.end()
    this.#channel = undefined
    // Frames that go back are there for others.
    await channel?.leave(!durable && owed === 0)
  }

  kept(message: ConsumeMessage): void {
    const channel = this.#channel as ConsumerChannel
    if (this.#isClosed) return
    if (message.properties.type === probeType) {
      channel.ack(message)
      return
    }
    const frame = this.#read(message)
    if (!frame) {
      // A message that cannot be read never becomes readable. Its end was told with the reason.
      if (message.properties.deliveryMode !== 2) channel.ack(message)
      return
    }
    const held = { message, frame, channel }
    if (this.#isStopping) this.#late.push(held)
    else if (this.#pending.length > 0 || this.#deps.sink.room === 0) this.#pending.push(held)
    else this.#hand(held)
  }

  once(message: ConsumeMessage): void {
    const frame = this.#isClosed || message.properties.type === probeType ? undefined : this.#read(message)
    if (frame) this.#deps.sink.takeOnce(frame, ageFromExpiringBroker(frame.header, this.#deps.host.clock.now()))
  }

  gone(channel: ConsumerChannel, cause: unknown): void {
    const { host, plan } = this.#deps
    if (channel !== this.#channel) return
    this.detach()
    // The caller that opens it finds out by itself.
    if (this.#isOpening) return
    if (cause !== undefined) host.fault(goneError(cause, plan.kept.queue))
    host.reopen(this, cause)
  }

  async #open(session: Session): Promise<void> {
    const { plan } = this.#deps
    const channel = await ConsumerChannel.open(session, plan, this)
    if (this.#isClosed) {
      await channel.leave(false)
      return
    }
    // Frames come as soon as it consumes.
    this.#channel = channel
    this.#isOpening = true
    try {
      if (!this.#isRetiring) await channel.start()
      this.#attached.resolve(channel)
    } catch (error) {
      if (channel === this.#channel) this.detach()
      await channel.leave(false)
      throw error
    } finally {
      this.#isOpening = false
    }
  }

  /** The frame of a message. What is none is reported, and becomes a dead letter if it was sent at least once. */
  #read(message: ConsumeMessage): Frame | undefined {
    const { host, plan, maxFrameBytes } = this.#deps
    const channel = this.#channel as ConsumerChannel
    try {
      return toFrame(message, host.clock.now(), maxFrameBytes)
    } catch (error) {
      host.fault(error)
      if (message.properties.deliveryMode === 2) {
        const { code, message: text } = error as { code: string; message: string }
        this.#moves.add(host.requeue.bury(message, plan.kept.queue, { code, message: text }), channel, message)
      }
      return undefined
    }
  }

  #hand({ frame, message, channel }: HeldMessage): void {
    const { sink, host } = this.#deps
    if (frame.header.delivery === 'at-least-once') {
      const held: HeldMessage = { frame, message, channel }
      sink.take(frame, attemptOf(message), held, ageFromExpiringBroker(frame.header, host.clock.now()))
      return
    }
    // A foreign sender has published it where frames are kept.
    channel.ack(message)
    if (!message.fields.redelivered) {
      sink.takeOnce(frame)
      return
    }
    const what = `${frame.header.type} (${frame.header.id}) was handed to a consumer before, which is gone`
    host.fault(brokerError('SM_BROKER_DROPPED', what, { details: { transport: 'amqp' } }))
  }

  async #retireBy(channel: ConsumerChannel): Promise<void> {
    const { plan, durable, host } = this.#deps
    const { kept } = plan
    await this.#stop(channel)
    // Of several who leave at once the last one sees no other.
    if (durable || (await channel.count()).consumers > 0) return this.#handBack(channel)
    await channel.unbind(kept)
    const { consumers, frames } = await channel.count()
    if (consumers > 0) {
      // Somebody has come meanwhile, and had bound the queue before it was unbound.
      await channel.bind(kept)
      return this.#handBack(channel)
    }
    for (const held of this.#late.splice(0)) this.#pending.push(held)
    this.more()
    const owed = async () => (await channel.count()).frames + (await host.requeue.waiting(channel, kept.queue))
    for (let left = frames + (await host.requeue.waiting(channel, kept.queue)); left > 0; left = await owed()) {
      await channel.consumeKept()
      while ((await owed()) > 0) await host.requeue.pause(lookMs)
      await this.#stop(channel)
    }
  }

  /** Lets others have what came too late. */
  #handBack(channel: ConsumerChannel): void {
    for (const { message } of this.#late.splice(0)) channel.requeue(message)
  }

  /** Ends the flow from the broker, and waits until the consumer has taken what was held back for it. */
  async #stop(channel: ConsumerChannel): Promise<void> {
    await channel.cancel()
    this.#isStopping = false
    await new Promise<void>(resolve => {
      this.#onEmpty = resolve
      this.#checkEmpty()
    })
  }

  #checkEmpty(): void {
    if (this.#pending.length === 0) this.#onEmpty?.()
  }
}

/** Dependencies of a consumption. */
export interface ConsumptionDeps {
  readonly plan: ConsumerPlan
  readonly durable: boolean
  readonly maxFrameBytes: number
  readonly sink: Sink<HeldMessage>
  readonly host: ConsumptionHost
}
