import type { Msg, Subscription } from '@nats-io/transport-node'
import { brokerError, type Sink } from '@sm/brokered'
import { describeThrown, matchesPattern, type SubscriptionSpec } from '@sm/core/transport'
import { natsError } from './errors.ts'
import type { KeptParts } from './kept-intake.ts'
import { leftToReceivers } from './names.ts'
import { toFrame } from './read-event.ts'
import type { Session } from './session.ts'

/** What a subscription gets by plain subjects. It outlives connections. */
export class PlainIntake {
  readonly #spec: SubscriptionSpec
  readonly #sink: Sink<string>
  readonly #parts: Pick<KeptParts, 'names' | 'clock' | 'fault'>
  readonly #pattern: string | undefined
  #subscriptions: Subscription[] = []
  #session: Session | undefined
  #denied: unknown

  constructor(spec: SubscriptionSpec, sink: Sink<string>, parts: KeptParts) {
    this.#spec = spec
    this.#sink = sink
    this.#parts = parts
    this.#pattern = leftToReceivers(spec.target)
  }

  attach(session: Session): void {
    const { names } = this.#parts
    this.#session = session
    const queue = names.queue(this.#spec)
    const onDenied = (error: unknown) => {
      this.#denied = error
    }
    this.#subscriptions = names
      .plainFilters(this.#spec.target)
      .map(subject => session.subscribe(subject, msg => this.#received(msg), { queue, onDenied }))
  }

  /** Throws when the server has said that the user may not subscribe. */
  requireAllowed(): void {
    const cause = this.#denied
    if (cause === undefined) return
    this.#denied = undefined
    throw brokerError('SM_BROKER_AUTH', `The user may not subscribe for ${this.#parts.names.queue(this.#spec)}`, {
      cause,
    })
  }

  detach(): void {
    this.#session = undefined
    this.#subscriptions = []
  }

  /** Resolves when nothing more will come. */
  async retire(): Promise<void> {
    await Promise.all(this.#subscriptions.map(subscription => this.#session?.finish(subscription)))
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#subscriptions = []
  }

  #received(msg: Msg): void {
    const { names, clock, fault } = this.#parts
    if (this.#pattern !== undefined && !matchesPattern(this.#pattern, names.topicOf(msg.subject, false))) return
    try {
      this.#sink.takeOnce(toFrame(msg, { now: clock.now(), delivery: 'at-most-once' }))
    } catch (cause) {
      const what = `What came on ${msg.subject} is no message: ${describeThrown(cause)}`
      fault(natsError('SM_NATS_EVENT', what, { cause }))
    }
  }
}
