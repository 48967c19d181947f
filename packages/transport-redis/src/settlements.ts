import type { Cancel, Clock, RejectReason, Settlement } from '@sm/core/transport'
import type { Argument } from './command.ts'
import type { Connection } from './connection.ts'
import type { Token } from './entry.ts'
import type { Names } from './names.ts'
import { ackScript, nackScript, promoteScript, rejectScript, type Script } from './scripts/index.ts'

/** What the settlements of a queue have to know. */
export interface SettlementParts {
  readonly names: Names
  readonly clock: Clock
  readonly queue: string
  readonly maxDeadLetters: number
  readonly keepMs: number
  readonly onFault: (error: unknown) => void
}

interface Nack extends Token {
  readonly delayMs: number
}

interface Rejection extends Token {
  readonly reason: RejectReason
}

/** Longest text that goes to the dead letters as the reason, in characters. */
const maxReason = 500

/** How the frames of one queue ended: what is settled in one tick leaves together, and what did not arrive leaves again. */
export class Settlements {
  readonly #parts: SettlementParts
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

  constructor(parts: SettlementParts) {
    this.#parts = parts
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
    if (settlement.kind === 'ack') this.#acks.push(token.id)
    else if (settlement.kind === 'nack') this.#nacks.push({ ...token, delayMs: settlement.delayMs })
    else this.#rejections.push({ ...token, reason: settlement.reason })
    if (this.#isScheduled || !this.#connection) return
    this.#isScheduled = true
    process.nextTick(() => {
      this.#isScheduled = false
      void this.flush()
    })
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
    this.#connection = undefined
    this.#held.clear()
    this.#acks = []
    this.#nacks = []
    this.#rejections = []
  }

  /** Sends what waits. Resolves when it has arrived, or its connection is gone. */
  async flush(): Promise<void> {
    const [acks, nacks, rejections] = [this.#acks, this.#nacks, this.#rejections]
    const { names, queue, maxDeadLetters, keepMs } = this.#parts
    const key = names.queue(queue)
    this.#acks = []
    this.#nacks = []
    this.#rejections = []
    const sent: Promise<unknown>[] = []
    if (acks.length > 0) {
      sent.push(this.#send(ackScript, [key], [acks.length, ...acks], acks, () => this.#acks.unshift(...acks)))
    }
    if (nacks.length > 0) {
      const args = [this.#member, ...nacks.flatMap(({ id, attempt, delayMs }) => [id, attempt, delayMs])]
      const ids = nacks.map(({ id }) => id)
      const again = () => this.#nacks.unshift(...nacks)
      sent.push(
        this.#send(nackScript, [key, names.delayed(queue)], args, ids, again).then(next => this.#promoteIn(next)),
      )
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
      if (connection && this.#connection === connection && !connection.isEnded) this.#parts.onFault(error)
      return undefined
    }
  }

  /** Lets delayed frames go when they are due: whoever delayed one looks after it, and heartbeats do if that one dies. */
  #promoteIn(next: unknown): void {
    if (typeof next !== 'number' || next < 0) return
    const { clock, names, queue } = this.#parts
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
