import type { Job, Outcome, Verdict } from '../dispatch/index.ts'
import { type SmError, smError } from '../errors/index.ts'
import { type Frame, LocalFrame } from '../message/index.ts'
import {
  diagnostics,
  type FailureEvent,
  type PublishEvent,
  type SettleEvent,
  silentMetrics,
} from '../telemetry/index.ts'
import type { Delivery, Transport } from '../transport/index.ts'
import { Counters } from './counters.ts'
import type { AgentSettings } from './settings.ts'

const counterOf = {
  handled: 'handled',
  ignored: 'ignored',
  expired: 'expired',
  duplicate: 'duplicates',
  givenUp: 'duplicates',
  unaccepted: 'unaccepted',
} as const

/** What a verdict comes to for an at-least-once message. */
const outcomeOf: Readonly<Record<Verdict['kind'], SettleEvent['outcome']>> = {
  ack: 'ack',
  ignored: 'ack',
  nack: 'nack',
  reject: 'reject',
  unaccepted: 'reject',
}

/** Everything that an agent tells the outside of what it does: counters, log lines, diagnostics events. Never a payload. */
export class Reports {
  readonly counters: Counters
  readonly #agent: AgentSettings

  constructor(agent: AgentSettings) {
    this.#agent = agent
    this.counters = new Counters(agent.id, agent.metrics)
  }

  /** Passes on how long a handler ran, as `smartmessage.handle.ms`; undefined where nobody measures. */
  get recordDuration(): ((type: string, ms: number) => void) | undefined {
    const { id: agent, metrics } = this.#agent
    if (metrics === silentMetrics) return undefined
    return (type, ms) => metrics.record('smartmessage.handle.ms', ms, { agent, type })
  }

  published(frame: Frame, transports: readonly string[]): void {
    this.counters.count('published', frame.header.type)
    if (diagnostics.publish.hasSubscribers) {
      diagnostics.publish.publish({ ...this.#who(frame), transports } satisfies PublishEvent)
    }
  }

  publishFailed(frame: Frame, error: unknown): void {
    this.counters.count('publishFailed', frame.header.type)
    this.#failure(frame, 'publish', error)
  }

  /** A request was handled, and its reply could not be sent. */
  unanswered({ frame }: Job, error: unknown): void {
    this.#log('error', frame, 'A reply could not be sent', { error })
  }

  delivered({ frame, attempt }: Delivery, transport: Transport): void {
    this.counters.count('delivered', frame.header.type)
    if (diagnostics.delivery.hasSubscribers) {
      diagnostics.delivery.publish({ ...this.#who(frame), transport: transport.name, attempt })
    }
  }

  /** A handler concluded; `end` is its error when it failed. */
  concluded(job: Job, end: Outcome | SmError): void {
    const { type } = job.header
    if (typeof end === 'string') {
      this.counters.count(counterOf[end], type)
      if (end === 'unaccepted') this.#log('warn', job.frame, 'A message was unaccepted', {})
      if (end === 'expired') this.#expired(job)
      return
    }
    this.counters.count('failed', type)
    this.#log('warn', job.frame, 'Handling a message failed', { attempt: job.attempt, code: end.code, error: end })
    this.#failure(job.frame, 'handle', end)
  }

  settled({ frame, attempt }: Delivery, transport: Transport, verdict: Verdict): void {
    const { type, delivery } = frame.header
    const outcome = delivery === 'at-most-once' ? 'ack' : outcomeOf[verdict.kind]
    this.counters.count(outcome === 'ack' ? 'acked' : outcome === 'nack' ? 'nacked' : 'rejected', type)
    const reason = verdict.kind === 'reject' || verdict.kind === 'unaccepted' ? verdict.reason : undefined
    if (outcome === 'reject') this.#log('error', frame, 'A message was given up', { attempt, ...reason })
    if (diagnostics.settle.hasSubscribers) {
      const event = { ...this.#who(frame), transport: transport.name, attempt, outcome, reason: reason?.code }
      diagnostics.settle.publish(event satisfies SettleEvent)
    }
  }

  /** Where the wire does not tell how old a message is, the clocks of both machines decide: they may be what is wrong. */
  #expired({ frame, delivery, endsAt }: Job): void {
    const { clock } = this.#agent
    const facts = {
      publishedMsAgo: clock.now() - frame.header.time,
      expiredMsAgo: Math.round(clock.elapsed() - endsAt),
    }
    const told = delivery.ageMs !== undefined || frame instanceof LocalFrame
    const doubt = told ? '' : '; if it was sent just now, the clocks of its sender and of this machine differ'
    this.#log('warn', frame, `A message was expired${doubt}`, facts)
  }

  dispatchFailed({ frame }: Pick<Delivery, 'frame'>, error: unknown): void {
    this.counters.count('failed', frame.header.type)
    this.#log('error', frame, 'Dispatching a message failed', { error })
    this.#failure(frame, 'handle', error)
  }

  unhandled(job: Job): SmError {
    const { type } = job.header
    this.counters.count('unhandled', type)
    this.#log('warn', job.frame, 'A message has no handler here', {})
    return smError('SM_HANDLER_NONE', `${this.#agent.id} has no handler for ${type}`, { details: { type } })
  }

  lateReply(frame: Frame): void {
    this.counters.count('lateReplies', frame.header.type)
    this.#log('debug', frame, 'A reply came too late', {})
  }

  #failure(frame: Frame, operation: FailureEvent['operation'], error: unknown): void {
    if (diagnostics.failure.hasSubscribers) {
      diagnostics.failure.publish({ ...this.#who(frame), operation, error } satisfies FailureEvent)
    }
  }

  #who({ header }: Frame) {
    return { agent: this.#agent.id, instance: this.#agent.instance, header }
  }

  #log(level: 'debug' | 'warn' | 'error', { header }: Frame, message: string, facts: Record<string, unknown>): void {
    const { id, type, version, from } = header
    this.#agent.logger[level]({ agent: this.#agent.id, messageId: id, type, version, from, ...facts }, message)
  }
}
