import type { Cancel, Clock } from '@sm/core/transport'
import type { Connection } from '../connection/connection.ts'
import { fromDriver } from '../errors.ts'
import type { Names } from '../wire/names.ts'
import type { Reply } from '../wire/reply.ts'
import { bindingsScript } from '../wire/scripts/index.ts'
import type { Bindings } from './bindings.ts'
import type { PublishAttempt } from './publish-attempt.ts'

/** How often it is looked whether queues have come back, in milliseconds. */
const lookMs = 200

/** Frames for queues that the server has forgotten and that may come back: to whom nobody listens may be listened to again. */
export class AbsentQueues {
  readonly #deps: AbsentQueuesDeps
  #waiting: PublishAttempt[] = []
  #cancel: Cancel | undefined

  constructor(deps: AbsentQueuesDeps) {
    this.#deps = deps
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  add(attempt: PublishAttempt): void {
    this.#waiting.push(attempt)
    this.#lookLater()
  }

  /** Hands out all that waits. */
  take(): readonly PublishAttempt[] {
    return this.#waiting.splice(0)
  }

  /** The connection is gone. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #lookLater(): void {
    this.#cancel ??= this.#deps.clock.schedule(() => void this.#look(), lookMs)
  }

  /** MembershipChange of a change may be lost while others come back. */
  async #look(): Promise<void> {
    const { names, bindings, clock, onFault, connection, learn, changed } = this.#deps
    const current = connection()
    this.#cancel = undefined
    if (!current || this.isEmpty) return
    if (bindings.expects(clock.elapsed())) {
      try {
        const [version, pairs] = (await current.run(bindingsScript, [names.version, names.bindings], [])) as Reply[]
        if (String(version) !== bindings.version) learn(String(version), pairs as readonly Buffer[])
      } catch (error) {
        if (!current.isEnded) onFault(fromDriver(error, current.where, 'read the bindings'))
      }
    } else changed()
    if (connection() === current && !this.isEmpty) this.#lookLater()
  }
}

export interface AbsentQueuesDeps {
  readonly names: Names
  readonly clock: Clock
  readonly bindings: Bindings
  readonly onFault: (error: unknown) => void
  readonly connection: () => Connection | undefined
  /** The server has other bindings than are known. */
  readonly learn: (version: string, pairs: readonly Buffer[]) => void
  /** A queue may be bound, or is expected no more: those who wait are matched anew. */
  readonly changed: () => void
}
