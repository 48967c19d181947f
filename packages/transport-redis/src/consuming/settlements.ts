import type { Cancel, Clock, RejectReason, Settlement } from '@sm/core/transport'
import type { Connection } from '../connection/connection.ts'
import { fromDriver, redisError } from '../errors.ts'
import type { Argument } from '../wire/command.ts'
import type { Names } from '../wire/names.ts'
import { ackScript, beginScript, nackScript, promoteScript, rejectScript, type Script } from '../wire/scripts/index.ts'
import type { Token } from '../wire/stream-entry.ts'

interface Nack {
  readonly id: string
  /** How often it has been tried by now; `+2`, where what the server has counted under its id comes on top. */
  readonly tries: number | string
  readonly delayMs: number
}

interface Rejection {
  readonly id: string
  readonly attempt: number
  readonly reason: RejectReason
}

/** How soon settlements that the server does not take are sent again, in milliseconds. */
const retryMs = 250

/** Longest text that goes to the dead letters as the reason, in characters. */
const maxReason = 500

/** How the frames of one queue ended: what is settled in one tick leaves together, and what did not arrive leaves again. */
export class Settlements {
  readonly #deps: SettlementDeps
  /** Ids of frames that the server still counts as this side's. */
  readonly #held = new Set<string>()
  #acks: string[] = []
  #nacks: Nack[] = []
  #rejections: Rejection[] = []
  #connection: Connection | undefined
  #member = ''
  #isScheduled = false
  #promoteAt = Number.POSITIVE_INFINITY
  #cancel: Cancel | undefined
  #cancelRetry: Cancel | undefined
  /** Entries of which tries were counted. */
  #counted: string[] = []

  constructor(deps: SettlementDeps) {
    this.#deps = deps
  }

  get held(): number {
    return this.#held.size
  }

  has(id: string): boolean {
    return this.#held.has(id)
  }

  hold(id: string): void {
    this.#held.add(id)
  }

  settle(token: Token, settlement: Settlement): void {
    if (!this.#held.has(token.id)) return
    const { id, attempt } = token
    if (token.begun !== undefined) this.#counted.push(id)
    if (settlement.kind === 'ack') this.#acks.push(id)
    else if (settlement.kind === 'nack') {
      const tries = settlement.begun === false ? `+${triesBefore(token)}` : triesOf(token)
      this.#nacks.push({ id, tries, delayMs: settlement.delayMs })
    } else this.#rejections.push({ id, attempt, reason: settlement.reason })
    if (this.#isScheduled || !this.#connection) return
    this.#isScheduled = true
    process.nextTick(() => {
      this.#isScheduled = false
      void this.flush()
    })
  }

  /**
   * Counts a try that begins. Resolves to how many were counted: the first one under the first id is not, so that most frames
   * cost no round trip.
   */
  async begin(token: Token): Promise<number> {
    const { names, queue, keepMs } = this.#deps
    const connection = this.#connection
    if (!connection) throw redisError('SM_REDIS_QUEUE_GONE', `The session of ${queue} is over`)
    token.begun = Number(await connection.run(beginScript, [names.begun(queue)], [token.id, keepMs]))
    return token.before > 0 ? token.before + token.begun - 1 : token.begun
  }

  /** Begins with a new connection, as this member: what waits leaves. */
  resume(connection: Connection, member: string): void {
    this.#connection = connection
    this.#member = member
    void this.flush()
  }

  /** The connection is gone: what is settled waits for the next. */
  pause(): void {
    this.#connection = undefined
  }

  /** Nothing of this queue is this side's any more. */
  clear(): void {
    this.#cancel?.()
    this.#cancelRetry?.()
    this.#connection = undefined
    this.#held.clear()
    this.#counted = []
    this.#acks = []
    this.#nacks = []
    this.#rejections = []
  }

  /** Sends what waits. Resolves when it has arrived, or its connection is gone. */
  async flush(): Promise<void> {
    const [acks, nacks, rejections] = [this.#acks, this.#nacks, this.#rejections]
    const { names, queue, maxDeadLetters, keepMs } = this.#deps
    const key = names.queue(queue)
    this.#acks = []
    this.#nacks = []
    this.#rejections = []
    const sent: Promise<unknown>[] = []
    if (this.#counted.length > 0) this.#forgetCounts()
    if (acks.length > 0) {
      sent.push(this.#send(ackScript, [key], [acks.length, ...acks], acks, () => this.#acks.unshift(...acks)))
    }
    if (nacks.length > 0) {
      const args = [this.#member, ...nacks.flatMap(({ id, tries, delayMs }) => [id, tries, delayMs])]
      const ids = nacks.map(({ id }) => id)
      const again = () => this.#nacks.unshift(...nacks)
      const keys = [key, names.delayed(queue), names.begun(queue)]
      sent.push(this.#send(nackScript, keys, args, ids, again).then(next => this.#promoteIn(next)))
    }
    if (rejections.length > 0) {
      const letters = rejections.flatMap(({ id, attempt, reason: { code, message } }) => [
        ...[id, attempt, code.slice(0, maxReason), message.slice(0, maxReason)],
      ])
      const ids = rejections.map(({ id }) => id)
      const again = () => this.#rejections.unshift(...rejections)
      sent.push(this.#send(rejectScript, [key, names.dead], [queue, maxDeadLetters, keepMs, ...letters], ids, again))
    }
    await Promise.all(sent)
  }

  async #send(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    ids: readonly string[],
    again: () => void,
  ): Promise<unknown> {
    const connection = this.#connection
    try {
      const reply = await connection?.run(script, keys, args)
      if (connection === undefined) again()
      else for (const id of ids) this.#held.delete(id)
      return reply
    } catch (error) {
      // It stays in hand here, and pending there, until it has arrived.
      again()
      if (connection && this.#connection === connection && !connection.isEnded) {
        this.#deps.onFault(fromDriver(error, connection.where, `settle in ${this.#deps.queue}`))
        this.#cancelRetry?.()
        this.#cancelRetry = this.#deps.clock.schedule(() => void this.flush(), retryMs)
      }
      return undefined
    }
  }

  /** Counts of tries of frames that are settled now. A count that stays goes with the time of its key. */
  #forgetCounts(): void {
    const { names, queue } = this.#deps
    const ids = this.#counted
    this.#counted = []
    this.#connection?.call('HDEL', [names.begun(queue), ...ids]).catch(() => undefined)
  }

  /** Lets delayed frames go when they are due: whoever delayed one looks after it, and heartbeats do if that one dies. */
  #promoteIn(next: unknown): void {
    if (typeof next !== 'number' || next < 0) return
    const { clock, names, queue } = this.#deps
    const at = clock.elapsed() + next + 1
    if (at >= this.#promoteAt) return
    this.#cancel?.()
    this.#promoteAt = at
    this.#cancel = clock.schedule(() => {
      this.#promoteAt = Number.POSITIVE_INFINITY
      const connection = this.#connection
      const promoted = connection?.run(promoteScript, [names.queue(queue), names.delayed(queue)], [])
      // If the connection is gone, heartbeats see to it.
      promoted?.then(
        after => this.#promoteIn(after),
        () => undefined,
      )
    }, next + 1)
  }
}

/** Dependencies of the settlements of a queue. */
export interface SettlementDeps {
  readonly names: Names
  readonly clock: Clock
  readonly queue: string
  readonly maxDeadLetters: number
  readonly keepMs: number
  readonly onFault: (error: unknown) => void
}

/** How often a frame has been tried once this try has failed. */
function triesOf(token: Token): number {
  return token.begun === undefined ? token.attempt : triesBefore(token) + token.begun
}

/** How often a frame was tried, what was counted under its id aside: the first try under the first id is not. */
function triesBefore({ before, deliveries }: Token): number {
  return before + (before === 0 && deliveries > 1 ? 1 : 0)
}
