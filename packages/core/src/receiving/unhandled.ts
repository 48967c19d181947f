import { type SmError, smError } from '../errors/index.ts'
import { backoffMs } from '../kernel/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import type { DeliveryReports } from './delivery-reports.ts'
import type { Job } from './job.ts'
import type { Answers } from './request-hosts.ts'
import { judgeFailure, type Verdict } from './verdict.ts'

/** How soon a message without a handler comes back, here or to another instance. */
const backoff = { initialMs: 50, maxMs: 1_000, factor: 2, jitter: 0.5 }

/** Most such messages that are remembered; of one that is forgotten the time begins anew. */
const maxRemembered = 10_000

interface Sighting {
  readonly firstAt: number
  times: number
  /** How often it has come since the agent began to stop. */
  timesSinceStop: number
}

/**
 * Messages to the agent that no handler of this instance takes. Another instance may (a newer one, in a rolling deploy), or a
 * handler may be about to be attached: such a message goes back without counting as a try, and is given up once nobody has
 * handled it for a while.
 */
export class UnhandledMessages {
  readonly #settings: AgentSettings
  readonly #reports: DeliveryReports
  readonly #answers: Answers
  readonly #seen = new Map<string, Sighting>()
  #isLeaving = false

  constructor(settings: AgentSettings, reports: DeliveryReports, answers: Answers) {
    this.#settings = settings
    this.#reports = reports
    this.#answers = answers
  }

  /** Nobody will attach a handler here any more. */
  leave(): void {
    this.#isLeaving = true
  }

  /** Tells of a message without a handler, answers its requester, and says what becomes of it. */
  judge(job: Job): Verdict {
    const { type } = job.header
    this.#reports.unhandled(job)
    const what = `${this.#settings.id} has no handler for ${type}`
    const error = smError('SM_HANDLER_NONE', what, { details: { type } })
    void this.#answers.refuse(job, error)
    return this.#verdict(job, error)
  }

  #verdict(job: Job, error: SmError): Verdict {
    const { clock, random, unhandledTimeoutMs } = this.#settings
    const { id, delivery } = job.header
    if (delivery === 'at-most-once') return judgeFailure(job, error, { maxAttempts: 1, backoff }, random)
    const sighting = this.#see(id, clock.elapsed())
    if (this.#isLeaving) sighting.timesSinceStop += 1
    // Others come first while this instance leaves: what comes back to it is wanted by nobody.
    const isOver = sighting.timesSinceStop > 1 || clock.elapsed() - sighting.firstAt >= unhandledTimeoutMs
    if (!isOver) return { kind: 'nack', delayMs: backoffMs(backoff, sighting.times, random), begun: false }
    this.#seen.delete(id)
    return judgeFailure(job, error, { maxAttempts: 1, backoff }, random)
  }

  #see(id: string, now: number): Sighting {
    let sighting = this.#seen.get(id)
    if (!sighting) {
      if (this.#seen.size === maxRemembered) this.#seen.delete(this.#seen.keys().next().value as string)
      sighting = { firstAt: now, times: 0, timesSinceStop: 0 }
      this.#seen.set(id, sighting)
    }
    sighting.times += 1
    return sighting
  }
}
