import type { JetStreamManager } from '@nats-io/jetstream'
import type { Consumption, Sink } from '@sm/brokered'
import type { Settlement, SubscriptionSpec } from '@sm/core/transport'
import type { Session } from '../session.ts'
import { AtLeastOnceIntake } from './at-least-once-intake.ts'
import { AtMostOnceIntake } from './at-most-once-intake.ts'
import type { IntakeDeps } from './intake-deps.ts'

/** One subscription: frames that are sent at most once, and frames that are sent at least once. */
export class NatsConsumption implements Consumption<string> {
  readonly ready: Promise<void>
  readonly #plain: AtMostOnceIntake
  /** Absent where nothing will be sent at least once. */
  readonly #kept: AtLeastOnceIntake | undefined
  readonly #onClosed: (consumption: NatsConsumption) => void
  readonly #ready = Promise.withResolvers<void>()
  #isReady = false
  #isClosed = false

  constructor(
    spec: SubscriptionSpec,
    sink: Sink<string>,
    deps: IntakeDeps,
    onClosed: (consumption: NatsConsumption) => void,
  ) {
    this.ready = this.#ready.promise
    // A caller that does not ask is told by the calls that follow.
    this.ready.catch(() => undefined)
    this.#plain = new AtMostOnceIntake(spec, sink, deps)
    if (spec.delivery !== 'at-most-once') this.#kept = new AtLeastOnceIntake(spec, sink, deps)
    this.#onClosed = onClosed
  }

  get held(): number {
    return this.#kept?.held ?? 0
  }

  /** Opens it on a connection. Rejects with a coded error when it was open before. */
  async attach(session: Session, manager: JetStreamManager | undefined): Promise<void> {
    if (this.#isClosed) return
    try {
      this.#plain.attach(session)
      if (manager) await this.#kept?.attach(session, manager)
      await session.flush()
      this.#plain.requireAllowed()
      this.#isReady = true
      this.#ready.resolve()
    } catch (error) {
      // With the next connection it is tried again.
      if (!session.isOpen) return
      if (this.#isReady) throw error
      this.#ready.reject(error)
    }
  }

  detach(): void {
    this.#plain.detach()
    this.#kept?.detach()
  }

  begin(token: string): Promise<number> {
    return (this.#kept as AtLeastOnceIntake).begin(token)
  }

  settle(token: string, settlement: Settlement): void {
    this.#kept?.settle(token, settlement)
  }

  more(): void {
    this.#kept?.more()
  }

  async retire(): Promise<void> {
    await Promise.all([this.#plain.retire(), this.#kept?.retire()])
  }

  async close(unsettled: readonly string[]): Promise<void> {
    this.#isClosed = true
    this.#plain.close()
    await this.#kept?.close(unsettled)
    this.#onClosed(this)
  }
}
