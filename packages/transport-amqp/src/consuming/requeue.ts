import { lifeLeftMs } from '@sm/brokered'
import { type Clock, type RejectReason, sleep } from '@sm/core/transport'
import type { ConsumeMessage, Options } from 'amqplib'
import type { Session } from '../session.ts'
import { classic, quorum } from '../topology/queue-types.ts'
import { type AmqpMessage, again, attemptHeader, attemptOf, eventId, triesBefore } from '../wire/amqp-message.ts'
import type { Names } from '../wire/names.ts'
import type { ConsumerChannel } from './consumer-channel.ts'
import type { HeldMessage } from './held-message.ts'

/** How long a wait queue outlives the longest wait in it, and how often it is declared again while it is used, in milliseconds. */
const spareMs = 120_000
const declaredMs = 60_000
/** How long counts of tries outlive the last one, in milliseconds: a day. */
const countedMs = 86_400_000
const nothing = Buffer.alloc(0)
/** The longest wait that RabbitMQ can count, less what is to spare. */
const countableMs = 2 ** 31
/** The shortest that a wait queue is for, in milliseconds. */
const shortestMs = 128

/** A wait queue that was declared: whose frames wait there, how long at most, and when it was declared. */
interface Wait {
  readonly queue: string
  readonly longestMs: number
  readonly at: number
}

/**
 * Moves frames that were handed out: back to their queue, at once or later, or to the dead letters. RabbitMQ would put a nacked frame
 * ahead of all others, uncounted, so a copy with its count is published, confirmed, and only then the frame is acked.
 */
export class Requeue {
  readonly #deps: RequeueDeps
  readonly #waits = new Map<string, Wait>()
  #deadIn: Session | undefined

  constructor(deps: RequeueDeps) {
    this.#deps = deps
  }

  /** Sends a frame to the end of its queue, `delayMs` from now. */
  async comeBack(held: HeldMessage, queue: string, delayMs: number, begun: boolean): Promise<void> {
    const { message, frame } = held
    const { publish, clock, session } = this.#deps
    const headers = { [attemptHeader]: (begun ? triesOf(held) : triesWithout(held)) + 1 }
    const waits = delayMs >= 1
    const waitMs = Math.min(Math.ceil(delayMs), countableMs)
    const key = waits ? await this.#waitQueue(queue, waitMs) : queue
    const expiration = waits
      ? String(waitMs)
      : (toExpiration(lifeLeftMs(frame.header, clock.now())) ?? message.properties.expiration)
    const { content } = message
    const id = eventId(message.properties)
    await publish({
      exchange: '',
      key,
      id,
      content,
      properties: again(message, headers, expiration, session().frameMax),
    })
  }

  /**
   * Counts a try that begins, by a queue of its own that holds a message for each: RabbitMQ counts deliveries, if anything, and those
   * that were taken back before a handler began are no tries. Resolves to how many were counted, the first one aside.
   */
  async begin(held: HeldMessage, queue: string): Promise<number> {
    const { publish, names, session } = this.#deps
    const { message } = held
    const key = names.begun(queue, String(eventId(message.properties)))
    const options = { durable: true, expires: countedMs, arguments: classic }
    const { messageCount } = await session().ask(key, channel => channel.assertQueue(key, options))
    await publish({
      exchange: '',
      key,
      id: key,
      content: nothing,
      properties: { deliveryMode: 2, mandatory: true, messageId: key },
    })
    held.begun = { count: messageCount + 1, queue: key }
    const before = triesBefore(message)
    return before > 0 ? before + held.begun.count - 1 : held.begun.count
  }

  /** Forgets what was counted of a message that is settled now. If it stays, it goes with the time of its queue. */
  forget({ begun }: HeldMessage): void {
    if (!begun) return
    const { session } = this.#deps
    try {
      session()
        .ask(begun.queue, channel => channel.deleteQueue(begun.queue))
        .catch(() => undefined)
    } catch {
      // There is no connection.
    }
  }

  /** Puts a message among the dead letters, with the reason. */
  async bury(message: ConsumeMessage, queue: string, reason: RejectReason): Promise<void> {
    const { publish, names, session } = this.#deps
    await this.#declareDead()
    const { frameMax } = session()
    const headers = {
      [attemptHeader]: attemptOf(message),
      'sm-dead-code': reason.code,
      'sm-dead-reason': reason.message.slice(0, Math.min(2_048, Math.floor(frameMax / 8))),
      'sm-dead-queue': queue,
    }
    const { content, fields } = message
    const id = eventId(message.properties)
    const key = fields.exchange === '' ? queue : fields.routingKey
    try {
      await publish({
        exchange: names.dead,
        key,
        id,
        content,
        properties: again(message, headers, undefined, frameMax),
      })
    } catch (error) {
      // Somebody may have deleted it.
      this.#deadIn = undefined
      throw error
    }
  }

  /** How many frames of a queue wait to come back, as far as this process had sent them away. */
  async waiting(channel: ConsumerChannel, queue: string): Promise<number> {
    let count = 0
    for (const [name, wait] of this.#waits) {
      if (wait.queue === queue) count += await channel.waiting(name, this.#waitOptions(wait))
    }
    return count
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return sleep(this.#deps.clock, ms, signal)
  }

  /**
   * The queue where frames wait for up to twice as long as the shortest of them: of one queue only the front one
   * expires, so one that has to wait longer holds up those behind it.
   */
  async #waitQueue(queue: string, waitMs: number): Promise<string> {
    const { names, clock, session } = this.#deps
    const longestMs = Math.max(shortestMs, 2 ** Math.ceil(Math.log2(waitMs)))
    const name = names.wait(queue, longestMs)
    const at = clock.elapsed()
    const known = this.#waits.get(name)
    if (known && at - known.at < declaredMs) return name
    for (const [other, wait] of this.#waits) if (at - wait.at > wait.longestMs + spareMs) this.#waits.delete(other)
    const wait = { queue, longestMs, at }
    await session().ask(name, channel => channel.assertQueue(name, this.#waitOptions(wait)))
    this.#waits.set(name, wait)
    return name
  }

  #waitOptions({ queue, longestMs }: Wait): Options.AssertQueue {
    // Only quorum queues make sure that a frame has come back before they forget it: the queue may be full by then.
    const isSafe = this.#deps.session().version >= 3.01
    return {
      durable: true,
      expires: Math.min(longestMs + spareMs, 0xffff_ffff),
      deadLetterExchange: '',
      deadLetterRoutingKey: queue,
      overflow: 'reject-publish',
      arguments: isSafe ? { 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once' } : classic,
    } as Options.AssertQueue
  }

  async #declareDead(): Promise<void> {
    const { names, maxDead, queueType, session } = this.#deps
    const { dead } = names
    const current = session()
    if (this.#deadIn === current) return
    await current.ask(dead, async channel => {
      await channel.assertExchange(dead, 'fanout', { durable: true })
      const type = queueType === 'quorum' ? quorum : classic
      await channel.assertQueue(dead, { durable: true, maxLength: maxDead, arguments: type })
      await channel.bindQueue(dead, dead, '')
    })
    this.#deadIn = current
  }
}

/** Dependencies of moving frames back. */
export interface RequeueDeps {
  readonly names: Names
  /** Publishes a message, and resolves once the broker has it. */
  readonly publish: (message: AmqpMessage) => Promise<unknown>
  readonly clock: Clock
  /** Most dead letters that are kept. */
  readonly maxDead: number
  readonly queueType: 'classic' | 'quorum'
  /** The session, as long as there is one. Throws `SM_BROKER_LOST`. */
  readonly session: () => Session
}

/** How often a frame has been tried once this try has failed. */
function triesOf({ message, begun }: HeldMessage): number {
  return begun ? triesWithout({ message }) + begun.count : attemptOf(message)
}

/** How often it was tried, what is counted aside, which goes on under its id: the first try of its first copy is not. */
function triesWithout({ message }: Pick<HeldMessage, 'message'>): number {
  const before = triesBefore(message)
  return before + (before === 0 && attemptOf(message) > 1 ? 1 : 0)
}

function toExpiration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : String(Math.min(Math.ceil(ms), 0xffff_ffff))
}
