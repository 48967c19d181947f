import type { Clock } from '@sm/core/transport'
import type { Channel, ConsumeMessage, Options } from 'amqplib'
import type { Session } from '../session.ts'
import type { ConsumerPlan, QueuePlan } from '../topology/consumer-plan.ts'
import { isQuorum } from '../topology/queue-types.ts'
import { quorumFrames } from '../topology/quorum-frames.ts'
import { AckWindow } from './ack-window.ts'

/** The receiver of the messages of a consumer channel. */
export interface ConsumerHost {
  readonly clock: Clock
  kept(message: ConsumeMessage): void
  once(message: ConsumeMessage): void
  /** The channel is gone, for a reason of its own or that of its connection. */
  gone(channel: ConsumerChannel, cause: unknown): void
}

/** The largest prefetch of AMQP. */
const maxPrefetch = 0xffff

/** One channel of one subscription, for as long as both last. */
export class ConsumerChannel {
  readonly #channel: Channel
  readonly #plan: ConsumerPlan
  readonly #host: ConsumerHost
  readonly #acks: AckWindow
  #consumers: string[] = []
  #isOver = false

  private constructor(channel: Channel, plan: ConsumerPlan, host: ConsumerHost) {
    this.#channel = channel
    this.#plan = plan
    this.#host = host
    this.#acks = new AckWindow((deliveryTag, allUpTo) => {
      if (!this.#isOver) channel.ack({ fields: { deliveryTag } } as ConsumeMessage, allUpTo)
    })
    let cause: unknown
    channel.on('error', error => {
      cause = error
    })
    channel.on('close', () => this.#end(cause))
  }

  /** Opens it and declares its queues. */
  static async open(session: Session, plan: ConsumerPlan, host: ConsumerHost): Promise<ConsumerChannel> {
    const { kept, once, prefetch } = plan
    const channel = await session.consumer()
    const opened = new ConsumerChannel(channel, plan, host)
    await Promise.all([
      channel.prefetch(Math.min(prefetch, maxPrefetch)),
      ...[kept, once].map(({ queue, options }) => channel.assertQueue(queue, options)),
    ])
    return opened
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Consumes. The queues are bound after that: a member that leaves unbinds a queue that nobody consumes. */
  async start(): Promise<void> {
    const { kept, once } = this.#plan
    await Promise.all([this.consumeKept(), this.#consume(once, true), this.bind(kept), this.bind(once)])
  }

  /** Binds its queues once more, which changes nothing where they are bound. */
  async check(): Promise<void> {
    const { kept, once } = this.#plan
    if (!this.#isOver && this.#consumers.length > 0) await Promise.all([this.bind(kept), this.bind(once)])
  }

  /** Consumes what was sent at least once. */
  consumeKept(): Promise<void> {
    return this.#consume(this.#plan.kept, false)
  }

  /** Resolves when nothing more comes. */
  async cancel(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map(tag => this.#channel.cancel(tag)))
  }

  async bind({ queue, binding: { exchange, key } }: QueuePlan): Promise<void> {
    await this.#channel.bindQueue(queue, exchange, key)
  }

  async unbind({ queue, binding: { exchange, key } }: QueuePlan): Promise<void> {
    await this.#channel.unbindQueue(queue, exchange, key)
  }

  /** How many consume the queue of what was sent at least once, this side aside once it has cancelled, and how many frames wait in it. */
  async count(): Promise<{ readonly consumers: number; readonly frames: number }> {
    const { kept, once } = this.#plan
    if (isQuorum(kept.options)) {
      // A quorum queue counts those, too, who have cancelled and still hold frames. Who consumes it consumes the other one as well.
      const { consumerCount: consumers } = await this.#channel.assertQueue(once.queue, once.options)
      return { consumers, frames: await this.waiting(kept.queue, kept.options) }
    }
    const { consumerCount: consumers, messageCount: frames } = await this.#channel.checkQueue(kept.queue)
    return { consumers, frames }
  }

  /** How many frames wait in a queue, which is declared for that. */
  async waiting(queue: string, options: Options.AssertQueue): Promise<number> {
    const ask = async () => (await this.#channel.assertQueue(queue, options)).messageCount
    if (!isQuorum(options)) return ask()
    const hasFrame = async () => {
      const message = await this.#channel.get(queue)
      if (message) this.requeue(message as unknown as ConsumeMessage)
      return message !== false
    }
    return quorumFrames({ ask, hasFrame }, this.#host.clock)
  }

  ack({ fields: { deliveryTag } }: ConsumeMessage): void {
    if (!this.#isOver) this.#acks.ack(deliveryTag)
  }

  /** Puts a frame back where it was. */
  requeue(message: ConsumeMessage): void {
    if (this.#isOver) return
    this.#acks.skip(message.fields.deliveryTag)
    this.#channel.nack(message, false, true)
  }

  /** Its connection is no more: nothing comes of it. */
  abandon(): void {
    this.#isOver = true
  }

  /**
   * Hands back what is unsettled. With `remove` it takes the queue along if nobody needs it any more, or, where that cannot be
   * said in one request, sees to it that nothing more comes to it before it expires.
   */
  async leave(remove: boolean): Promise<void> {
    this.#acks.flush()
    this.#isOver = true
    const { kept, deletable } = this.#plan
    try {
      await this.cancel()
      if (remove) {
        this.#channel.nackAll(true)
        if (deletable) await this.#channel.deleteQueue(kept.queue, { ifUnused: true, ifEmpty: true })
        else await this.#release(kept)
      }
      await this.#channel.close()
    } catch {
      // Refused: others consume it, or what is in it waits for them. The refusal has closed the channel.
    }
  }

  async #release(kept: QueuePlan): Promise<void> {
    const isNeeded = async () => {
      const { consumers, frames } = await this.count()
      return consumers + frames > 0
    }
    if (await isNeeded()) return
    await this.unbind(kept)
    // A consumer consumes before it binds: whoever has come before this is seen.
    if (await isNeeded()) await this.bind(kept)
  }

  async #consume({ queue }: QueuePlan, noAck: boolean): Promise<void> {
    const { consumerTag } = await this.#channel.consume(
      queue,
      message => {
        if (this.#isOver) return
        if (message === null) this.#deleted()
        else if (noAck) {
          this.#acks.skip(message.fields.deliveryTag)
          this.#host.once(message)
        } else this.#host.kept(message)
      },
      { noAck },
    )
    this.#consumers.push(consumerTag)
  }

  /** The broker has ended a consumer: its queue is no more. */
  #deleted(): void {
    this.#channel.close().catch(() => undefined)
    this.#end(Object.assign(new Error('The queue was deleted'), { code: 404 }))
  }

  #end(cause: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#host.gone(this, cause)
  }
}
