import { brokerError } from '@sm/brokered'
import { backoffMs, type Clock, type Random, sleep } from '@sm/core/transport'
import type { Session } from '../session.ts'
import type { Queue } from './queue.ts'

/** How soon something that somebody broke on the server is tried again. */
const repairWaits = { initialMs: 250, maxMs: 30_000, factor: 2, jitter: 0.5 }

/** How queues are joined: the first time, where the caller is told what is wrong, and again in each new session. */
export class Joins {
  readonly #deps: JoinsDeps

  constructor(deps: JoinsDeps) {
    this.#deps = deps
  }

  /** Resolves once the queue is joined, in this session or a later one, after `before`: who had joined under its name. */
  async first(queue: Queue, before: Promise<void> | undefined): Promise<void> {
    await before
    for (;;) {
      const session = await this.#deps.session()
      if (queue.isLeft) return
      if (!session) {
        const details = { transport: 'redis', outcome: 'failed' }
        throw brokerError('SM_BROKER_DOWN', 'The transport "redis" has stopped', { details })
      }
      if (queue.isIn(session)) return
      try {
        await queue.join(session)
        if (!session.isOver) return
      } catch (error) {
        if (!session.isOver) throw error
      }
    }
  }

  /** Joins in a new session. A queue that cannot be joined does not keep the others from coming back. */
  async again(queue: Queue, session: Session): Promise<void> {
    if (queue.isLeft) return
    try {
      await queue.join(session)
      this.#deps.impaired(queue, undefined)
    } catch (error) {
      if (session.isOver) throw error
      this.#deps.impaired(queue, error)
      void this.#later(queue, session)
    }
  }

  /** Tries again, in this session, until it succeeds. */
  async #later(queue: Queue, session: Session): Promise<void> {
    const { clock, random, closing, impaired } = this.#deps
    for (let attempt = 1; ; attempt++) {
      await sleep(clock, backoffMs(repairWaits, attempt, random), closing).catch(() => undefined)
      if (closing.aborted || session.isOver || queue.isLeft || queue.isIn(session)) return
      try {
        await queue.join(session)
        impaired(queue, undefined)
        return
      } catch (error) {
        if (!session.isOver) impaired(queue, error)
      }
    }
  }
}

export interface JoinsDeps {
  readonly clock: Clock
  readonly random: Random
  /** Aborts when the transport stops. */
  readonly closing: AbortSignal
  /** The session of now, or the next one; undefined when there will be none. */
  readonly session: () => Promise<Session | undefined>
  /** A queue cannot be joined, though the connection is there; undefined once it can. */
  readonly impaired: (queue: Queue, error: unknown) => void
}
