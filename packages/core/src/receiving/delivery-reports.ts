import type { Delivery, Transport } from '../contract/index.ts'
import type { SmError } from '../errors/index.ts'
import type { Clock } from '../kernel/index.ts'
import { LocalFrame } from '../message/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import { diagnostics, type Reporter, type SettleEvent, silentMetrics } from '../telemetry/index.ts'
import type { Job, Outcome } from './job.ts'
import type { Verdict } from './verdict.ts'

const counterOf = {
  handled: 'handled',
  ignored: 'ignored',
  expired: 'expired',
  duplicate: 'duplicates',
  givenUp: 'duplicates',
  unaccepted: 'unaccepted',
} as const

/** The outcome of each verdict for an at-least-once message. */
const outcomeOf: Readonly<Record<Verdict['kind'], SettleEvent['outcome']>> = {
  ack: 'ack',
  ignored: 'ack',
  nack: 'nack',
  reject: 'reject',
  unaccepted: 'reject',
}

/** Reports of the deliveries of one agent, from their arrival to their settlement. */
export class DeliveryReports {
  /** How long each handler ran goes here, as `smartmessage.handle.ms`; undefined where nobody measures. */
  readonly recordDuration: ((type: string, ms: number) => void) | undefined
  readonly #reporter: Reporter
  readonly #clock: Clock
  #unsettled = 0

  constructor(reporter: Reporter, { id: agent, clock, metrics }: AgentSettings) {
    this.#reporter = reporter
    this.#clock = clock
    const record = (type: string, ms: number) => metrics.record('smartmessage.handle.ms', ms, { agent, type })
    this.recordDuration = metrics === silentMetrics ? undefined : record
  }

  /** Deliveries that are not settled yet. */
  get unsettled(): number {
    return this.#unsettled
  }

  received(delivery: Delivery, transport: Transport): void {
    const { frame, attempt } = delivery
    this.#unsettled += 1
    this.#reporter.witness?.received(delivery, transport.name)
    this.#reporter.count('delivered', frame)
    if (diagnostics.delivery.hasSubscribers) {
      diagnostics.delivery.publish({ ...this.#reporter.who(frame), transport: transport.name, attempt })
    }
  }

  /** A handler concluded; `end` is its error when it failed. */
  concluded(job: Job, end: Outcome | SmError): void {
    const { frame } = job
    if (typeof end === 'string') {
      this.#reporter.count(counterOf[end], frame)
      if (end === 'handled') this.#reporter.witness?.handled(frame, job.subscriber)
      if (end === 'unaccepted') this.#reporter.log('warn', frame, 'A message was unaccepted', {})
      if (end === 'expired') this.#expired(job)
      return
    }
    this.#reporter.count('failed', frame)
    const facts = { attempt: job.attempt, code: end.code, error: end }
    this.#reporter.log('warn', frame, 'Handling a message failed', facts)
    this.#reporter.failure(frame, 'handle', end)
  }

  settled(delivery: Delivery, transport: Transport, verdict: Verdict): void {
    const { frame, attempt } = delivery
    this.#unsettled -= 1
    const outcome = frame.header.delivery === 'at-most-once' ? 'ack' : outcomeOf[verdict.kind]
    this.#reporter.count(outcome === 'ack' ? 'acked' : outcome === 'nack' ? 'nacked' : 'rejected', frame)
    this.#reporter.witness?.settled(delivery, transport.name, outcome === 'nack')
    const reason = verdict.kind === 'reject' || verdict.kind === 'unaccepted' ? verdict.reason : undefined
    if (outcome === 'reject') this.#reporter.log('error', frame, 'A message was given up', { attempt, ...reason })
    if (diagnostics.settle.hasSubscribers) {
      const event = { ...this.#reporter.who(frame), transport: transport.name, attempt, outcome, reason: reason?.code }
      diagnostics.settle.publish(event satisfies SettleEvent)
    }
  }

  /** Dispatching itself failed: no handler is to blame. */
  dispatchFailed({ frame }: Pick<Delivery, 'frame'>, error: unknown): void {
    this.#reporter.count('failed', frame)
    this.#reporter.log('error', frame, 'Dispatching a message failed', { error })
    this.#reporter.failure(frame, 'handle', error)
  }

  unhandled({ frame }: Job): void {
    this.#reporter.count('unhandled', frame)
    this.#reporter.log('warn', frame, 'A message has no handler here', {})
  }

  /** Where the wire does not tell how old a message is, the clocks of both machines decide: they may be what is wrong. */
  #expired({ frame, delivery, endsAt }: Job): void {
    const facts = {
      publishedMsAgo: this.#clock.now() - frame.header.time,
      expiredMsAgo: Math.round(this.#clock.elapsed() - endsAt),
    }
    const told = delivery.ageMs !== undefined || frame instanceof LocalFrame
    const doubt = told ? '' : '; if it was sent just now, the clocks of its sender and of this machine differ'
    this.#reporter.log('warn', frame, `A message was expired${doubt}`, facts)
  }
}
