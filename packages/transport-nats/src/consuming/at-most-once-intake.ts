import type { Msg, Subscription } from '@nats-io/transport-node'
import { brokerError, type Sink } from '@sm/brokered'
import { isSmError, type SubscriptionSpec } from '@sm/core/transport'
import type { Session } from '../session.ts'
import { EventReader } from './event-reader.ts'
import type { IntakeDeps } from './intake-deps.ts'

/** The frames of a subscription that come by plain subjects. It outlives connections. */
export class AtMostOnceIntake {
  readonly #spec: SubscriptionSpec
  readonly #sink: Sink<string>
  readonly #deps: Pick<IntakeDeps, 'names' | 'fault'>
  readonly #reader: EventReader
  #subscriptions: Subscription[] = []
  #session: Session | undefined
  #denied: unknown

  constructor(spec: SubscriptionSpec, sink: Sink<string>, deps: IntakeDeps) {
    this.#spec = spec
    this.#sink = sink
    this.#deps = deps
    this.#reader = new EventReader(spec, 'at-most-once', deps)
  }

  attach(session: Session): void {
    const { names } = this.#deps
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
    throw brokerError('SM_BROKER_AUTH', `The user may not subscribe for ${this.#deps.names.queue(this.#spec)}`, {
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
    if (!this.#reader.isMeant(msg)) return
    const frame = this.#reader.read(msg)
    if (isSmError(frame)) this.#deps.fault(frame)
    // Nothing keeps it on its way.
    else this.#sink.takeOnce(frame, 0)
  }
}
