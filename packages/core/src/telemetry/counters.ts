import { type Metrics, silentMetrics } from './metrics.ts'

/** What an agent counts since its start. */
export type Counter =
  | 'published'
  | 'publishFailed'
  | 'delivered'
  | 'handled'
  | 'failed'
  | 'duplicates'
  | 'expired'
  | 'ignored'
  | 'unaccepted'
  | 'unhandled'
  | 'acked'
  | 'nacked'
  | 'rejected'
  | 'lateReplies'

/** Counts for `health()`, and passes each on to the metrics port as `smartmessage.<counter>`. */
export class Counters {
  readonly values: Record<Counter, number> = {
    published: 0,
    publishFailed: 0,
    delivered: 0,
    handled: 0,
    failed: 0,
    duplicates: 0,
    expired: 0,
    ignored: 0,
    unaccepted: 0,
    unhandled: 0,
    acked: 0,
    nacked: 0,
    rejected: 0,
    lateReplies: 0,
  }
  readonly #agent: string
  readonly #metrics: Metrics | undefined

  constructor(agent: string, metrics: Metrics) {
    this.#agent = agent
    this.#metrics = metrics === silentMetrics ? undefined : metrics
  }

  count(counter: Counter, type: string): void {
    this.values[counter] += 1
    this.#metrics?.count(`smartmessage.${counter}`, 1, { agent: this.#agent, type })
  }
}
