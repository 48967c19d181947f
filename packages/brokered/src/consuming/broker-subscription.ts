import {
  abortable,
  type CloseOptions,
  Closing,
  type Delivery,
  Deque,
  type Frame,
  Idle,
  type Settlement,
  SettleOnce,
  type Settler,
  type SubscriptionSpec,
  type TransportSubscription,
  UnsettledDeliveries,
} from '@sm/core/transport'
import type { BrokerDriver, Consumption, Sink } from '../driver.ts'

/** The parts of its transport that a subscription calls back. */
export interface SubscriptionHost {
  /** A frame was dropped because too many wait. */
  dropped(frame: Frame): void
  /** It is closed. */
  closed(subscription: TransportSubscription): void
}

/** A delivery that knows what the broker calls its frame. */
class BrokerDelivery extends SettleOnce {
  readonly token: unknown
  /** Whether the broker hears how it ends. */
  readonly answers: boolean
  /** Which delivery of its subscription it is. */
  readonly number: number
  readonly ageMs: number | undefined
  readonly #consumption: Consumption<unknown>

  constructor(
    { frame, attempt, token, answers, ageMs }: Waiting,
    settler: Settler<BrokerDelivery>,
    number: number,
    consumption: Consumption<unknown>,
  ) {
    super(frame, attempt, settler as Settler<never>)
    this.token = token
    this.answers = answers
    this.number = number
    this.ageMs = ageMs
    this.#consumption = consumption
  }

  /** Made when somebody asks for it: first tries are not counted. */
  get begin(): (() => Promise<number>) | undefined {
    const consumption = this.#consumption
    if (!this.answers || !consumption.begin) return undefined
    return () => (consumption.begin as (token: unknown) => Promise<number>).call(consumption, this.token)
  }
}

/** A frame that waits for its consumer. */
interface Waiting {
  readonly frame: Frame
  readonly attempt: number
  readonly token: unknown
  readonly answers: boolean
  readonly ageMs: number | undefined
}

/** Most frames sent at most once that wait for one consumer, besides its prefetch. */
const maxWaiting = 4_096

/** A consumer of this side. Between it and the broker stands its prefetch: never more is unsettled. */
export class BrokerSubscription implements TransportSubscription, Settler<BrokerDelivery>, Sink<unknown> {
  readonly ready: Promise<void>
  readonly #spec: SubscriptionSpec
  readonly #onDelivery: (delivery: Delivery) => void
  readonly #host: SubscriptionHost
  readonly #consumption: Consumption<unknown>
  readonly #queue = new Deque<Waiting>()
  readonly #unsettled = new UnsettledDeliveries<BrokerDelivery>()
  readonly #idle = new Idle(() => this.#unsettled.size === 0 && this.#queue.length === 0)
  readonly #closing = new Closing(({ drain }, drainEnds) => this.#close(drain === true, drainEnds))
  /** How many of those that wait must be settled. */
  #waitingAnswers = 0
  #deliveries = 0
  #pumping = false
  #isClosed = false

  constructor(
    spec: SubscriptionSpec,
    onDelivery: (delivery: Delivery) => void,
    driver: BrokerDriver,
    host: SubscriptionHost,
  ) {
    this.#spec = spec
    this.#onDelivery = onDelivery
    this.#host = host
    this.#consumption = driver.consume(spec, this)
    this.ready = this.#consumption.ready
  }

  get room(): number {
    if (this.#isClosed) return 0
    return Math.max(0, this.#spec.prefetch - this.#unsettled.size - this.#waitingAnswers)
  }

  get unsettled(): number {
    return this.#unsettled.size
  }

  get waiting(): number {
    return this.#queue.length
  }

  take(frame: Frame, attempt: number, token: unknown, ageMs?: number): void {
    this.#waitingAnswers += 1
    this.#queue.push({ frame, attempt, token, answers: true, ageMs })
    this.#pump()
  }

  takeOnce(frame: Frame, ageMs?: number): void {
    if (this.#isClosed) return
    if (this.#queue.length >= maxWaiting + this.#waitingAnswers) {
      this.#host.dropped(frame)
      return
    }
    this.#queue.push({ frame, attempt: 1, token: undefined, answers: false, ageMs })
    this.#pump()
  }

  lost(): void {
    const kept = this.#queue.drain().filter(({ answers }) => !answers)
    for (const waiting of kept) this.#queue.push(waiting)
    this.#waitingAnswers = 0
    // A frame that was sent at most once is in nobody else's hands.
    for (const delivery of this.#unsettled.takeAll()) {
      if (delivery.answers) delivery.revoke()
      else this.#unsettled.add(delivery)
    }
    this.#pump()
  }

  settle(delivery: BrokerDelivery, settlement: Settlement): void {
    this.#unsettled.remove(delivery)
    if (delivery.answers) this.#consumption.settle(delivery.token, settlement)
    this.#pump()
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.run(options)
  }

  async #close(drain: boolean, drainEnds: AbortSignal): Promise<void> {
    if (drain) await this.#drain(drainEnds)
    this.#isClosed = true
    const held = [...this.#unsettled.revokeAll()].sort((a, b) => a.number - b.number)
    const tokens = held.filter(({ answers }) => answers).map(({ token }) => token)
    for (const { token, answers } of this.#queue.drain()) if (answers) tokens.push(token)
    this.#waitingAnswers = 0
    try {
      await this.#consumption.close(tokens)
    } finally {
      this.#host.closed(this)
    }
  }

  /** Waits until nothing more comes and all that came is settled, or the drain ends: what is left is then handed back. */
  async #drain(drainEnds: AbortSignal): Promise<void> {
    await abortable(this.#consumption.retire(), drainEnds).catch(error => {
      if (!drainEnds.aborted) throw error
    })
    this.#pump()
    await this.#idle.wait(drainEnds)
  }

  /** Hands on what waits, as far as the prefetch allows. */
  #pump(): void {
    // Consumers settle within the call: one loop does the work, however deep they call back.
    if (this.#pumping) return
    this.#pumping = true
    while (this.#queue.length > 0 && this.#unsettled.size < this.#spec.prefetch) {
      const next = this.#queue.shift() as Waiting
      if (next.answers) this.#waitingAnswers -= 1
      this.#deliveries += 1
      const delivery = new BrokerDelivery(next, this, this.#deliveries, this.#consumption)
      this.#unsettled.add(delivery)
      this.#onDelivery(delivery)
    }
    this.#pumping = false
    this.#idle.check()
    if (this.room > 0) this.#consumption.more?.()
  }
}
