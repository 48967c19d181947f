import type { LogFields, Logger } from '../kernel/index.ts'
import { type Counter, noCounts } from './counters.ts'
import { diagnostics, type FailureEvent, type HeaderFacts } from './diagnostics.ts'
import { type Metrics, silentMetrics } from './metrics.ts'
import type { Witness } from './witness.ts'

/** A thing that has a header: a frame. */
interface WithFacts {
  readonly header: HeaderFacts
}

/** The part of a frame that a log line tells. */
export interface Reported {
  readonly header: Pick<HeaderFacts, 'id' | 'type' | 'version' | 'from'>
}

/**
 * Reports of one agent to the outside: counters, log lines and diagnostics events. Never a payload. Each part of the agent
 * reports by it what that part does.
 */
export class Reporter {
  /** Counts since the start, for `health()`. */
  readonly counts: Record<Counter, number> = { ...noCounts }
  /** Whoever counts message by message now, if anybody does. */
  witness: Witness | undefined
  readonly #agent: ReporterDeps
  readonly #metrics: Metrics | undefined

  constructor(agent: ReporterDeps) {
    this.#agent = agent
    this.#metrics = agent.metrics === silentMetrics ? undefined : agent.metrics
  }

  /** Counts, and passes it on to the metrics port as `smartmessage.<counter>`. */
  count(counter: Counter, { header: { type } }: Reported): void {
    this.counts[counter] += 1
    this.#metrics?.count(`smartmessage.${counter}`, 1, { agent: this.#agent.id, type })
  }

  log(level: 'debug' | 'warn' | 'error', { header }: Reported, message: string, facts: LogFields): void {
    const { id, type, version, from } = header
    this.#agent.logger[level]({ agent: this.#agent.id, messageId: id, type, version, from, ...facts }, message)
  }

  /** Tells diagnostics of a publish, a copy or a handling that failed. */
  failure(frame: WithFacts, operation: FailureEvent['operation'], error: unknown): void {
    if (diagnostics.failure.hasSubscribers) {
      diagnostics.failure.publish({ ...this.who(frame), operation, error } satisfies FailureEvent)
    }
  }

  /** The facts of every diagnostics event. */
  who({ header }: WithFacts) {
    return { agent: this.#agent.id, instance: this.#agent.instance, header }
  }
}

/** Dependencies of a reporter. */
export interface ReporterDeps {
  readonly id: string
  readonly instance: string
  readonly logger: Logger
  readonly metrics: Metrics
}
