import type { JetStreamManager } from '@nats-io/jetstream'
import { brokerError } from '@sm/brokered'
import { type Clock, describeThrown } from '@sm/core/transport'
import { natsError } from '../errors.ts'
import type { Session } from '../session.ts'
import type { Names } from '../wire/names.ts'
import { readAnswer } from '../wire/publish-answer.ts'
import { readReceipt } from '../wire/receipt.ts'

const answerMs = 5_000
const nanosPerMs = 1_000_000n

/**
 * Facts of frames that JetStream does not keep: how many tries of them began, where it counts deliveries, and how old they are by
 * a clock that all share, its own. Both stand in a stream of their own, a subject for each.
 */
export class Tries {
  readonly #deps: TriesDeps
  #session: Session | undefined
  #manager: JetStreamManager | undefined
  /** The clock of the server when ours, which is never set, stood at zero, in milliseconds. */
  #serverEpochMs: number | undefined

  constructor(deps: TriesDeps) {
    this.#deps = deps
  }

  /** Learns what the clock of the server says, by storing something and asking when that was. */
  async attach(session: Session, manager: JetStreamManager): Promise<void> {
    const { names, clock } = this.#deps
    this.#session = session
    this.#manager = manager
    try {
      const before = clock.elapsed()
      const seq = await store(session, names.clock, '')
      const between = (before + clock.elapsed()) / 2
      const stored = await manager.streams.getMessage(names.triesStream, { seq })
      // Another one may have asked since, and only the last of a subject is kept.
      if (stored) this.#serverEpochMs = Date.parse(stored.timestamp) - between
    } catch (error) {
      // Ages are judged by the clocks of senders then. A user who may not do this is told of it by the server.
      if (!session.isOpen) throw error
    }
  }

  detach(): void {
    this.#session = undefined
    this.#manager = undefined
  }

  /** How long ago a frame was stored, in milliseconds; undefined as long as the clock of the server is not known. */
  ageOf(token: string): number | undefined {
    if (this.#serverEpochMs === undefined) return undefined
    const storedMs = Number(BigInt(readReceipt(token).time) / nanosPerMs)
    return Math.max(0, this.#serverEpochMs + this.#deps.clock.elapsed() - storedMs)
  }

  /** Counts a try that begins. Resolves to how many were counted. */
  async begin(consumer: string, token: string): Promise<number> {
    const { names } = this.#deps
    const [session, manager] = [this.#session, this.#manager]
    if (!session || !manager) throw brokerError('SM_BROKER_LOST', 'The connection to NATS is lost')
    const subject = names.tries(consumer, token)
    try {
      const last = await manager.streams.getMessage(names.triesStream, { last_by_subj: subject })
      const count = (last ? Number(last.string()) : 0) + 1
      await store(session, subject, String(count))
      return Math.max(0, count)
    } catch (cause) {
      if (!session.isOpen) throw session.lostError(cause)
      const what = `The try of a frame cannot be counted in ${names.triesStream}: ${describeThrown(cause)}`
      throw natsError('SM_NATS_TRIES', what, { cause })
    }
  }

  /**
   * A frame goes back that came for the first time, and of which no try began. Tries are counted from the second delivery on, which is taken to come after a
   * first try: of a first delivery that goes back, none has begun.
   */
  notBegun(consumer: string, token: string): void {
    this.#session?.publish(this.#deps.names.tries(consumer, token), '-1')
  }
}

export interface TriesDeps {
  readonly names: Names
  readonly clock: Clock
}

/** Stores a text at a subject. Resolves to its number; rejects when the server has not confirmed it. */
async function store(session: Session, subject: string, text: string): Promise<number> {
  const answer = readAnswer(await session.connection.request(subject, text, { timeout: answerMs }))
  if (answer.kind === 'stored') return answer.sequence
  if (answer.kind === 'refused') throw answer.error
  throw brokerError('SM_BROKER_FULL', 'The stream of tries takes nothing at the moment')
}
