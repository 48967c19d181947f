import type { Clock } from '../kernel/index.ts'
import type { Witness, WitnessedDelivery, WitnessedFrame } from '../telemetry/index.ts'

/** Most messages that are remembered; what comes after is not counted. */
const maxMessages = 200_000

/** The messages of one agent by one transport, while it migrated. */
export interface TransportTally {
  /** Different messages that came by it, by their ids. */
  readonly received: number
  /** Messages of the agent that it took. */
  readonly published: number
}

/** What came of one message. */
interface Tracked {
  readonly transports: Set<string>
  readonly handlers: Set<object | undefined>
}

/** Counts what an agent publishes, gets and handles: messages by their ids. */
export class MessageTally implements Witness {
  readonly #clock: Clock
  readonly #published = new Map<string, number>()
  readonly #messages = new Map<string, Tracked>()
  /** Deliveries that are not settled: transports bound how many there are. */
  readonly #unsettled = new Map<WitnessedDelivery, string>()
  readonly #handedBack = new Map<string, number>()
  readonly #lastAt = new Map<string, number>()
  #handledTwice = 0
  #publishesFailed = 0
  #isWhole = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  published(transports: readonly string[]): void {
    for (const name of transports) this.#published.set(name, (this.#published.get(name) ?? 0) + 1)
  }

  publishFailed(): void {
    this.#publishesFailed += 1
  }

  received(delivery: WitnessedDelivery, transport: string): void {
    this.#lastAt.set(transport, this.#clock.elapsed())
    this.#unsettled.set(delivery, transport)
    this.#track(delivery.frame)?.transports.add(transport)
  }

  settled(delivery: WitnessedDelivery, transport: string, isHandedBack: boolean): void {
    this.#unsettled.delete(delivery)
    if (isHandedBack) this.#handedBack.set(transport, (this.#handedBack.get(transport) ?? 0) + 1)
  }

  handled(frame: WitnessedFrame, handler: object | undefined): void {
    const handlers = this.#track(frame)?.handlers
    if (handlers?.has(handler)) this.#handledTwice += 1
    handlers?.add(handler)
  }

  /** Deliveries of a transport that are not settled. */
  unsettled(transport: string): number {
    return [...this.#unsettled.values()].filter(name => name === transport).length
  }

  /** Deliveries of a transport that went back to it, or were not settled. */
  handedBack(transport: string): number {
    return (this.#handedBack.get(transport) ?? 0) + this.unsettled(transport)
  }

  /** When something last came by a transport, by `Clock.elapsed`. */
  lastAt(transport: string): number | undefined {
    return this.#lastAt.get(transport)
  }

  /** What it has counted of two transports. */
  compare(from: string, to: string) {
    const messages = [...this.#messages.values()]
    const cameBy = (...names: string[]) =>
      messages.filter(({ transports }) => names.every(name => transports.has(name))).length
    const tally = (name: string): TransportTally => ({
      received: cameBy(name),
      published: this.#published.get(name) ?? 0,
    })
    return {
      from: tally(from),
      to: tally(to),
      receivedByBoth: cameBy(from, to),
      handled: messages.filter(({ handlers }) => handlers.size > 0).length,
      handledTwice: this.#handledTwice,
      publishesFailed: this.#publishesFailed,
      isWhole: this.#isWhole,
    }
  }

  #track({ header: { id, from } }: WitnessedFrame): Tracked | undefined {
    const key = `${from} ${id}`
    const tracked = this.#messages.get(key)
    if (tracked) return tracked
    if (this.#messages.size === maxMessages) {
      this.#isWhole = false
      return undefined
    }
    const fresh: Tracked = { transports: new Set(), handlers: new Set() }
    this.#messages.set(key, fresh)
    return fresh
  }
}
