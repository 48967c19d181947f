import type { PendingPublish } from '@sm/brokered'
import type { Address, Clock, Random, TransportReceipt } from '@sm/core/transport'
import type { Session } from '../session.ts'
import type { AmqpMessage } from '../wire/amqp-message.ts'
import type { Names } from '../wire/names.ts'
import { probeProperties } from '../wire/probe.ts'
import { AtLeastOncePublisher } from './at-least-once-publisher.ts'
import { AtMostOncePublisher } from './at-most-once-publisher.ts'
import type { ChannelLane } from './channel-lane.ts'
import type { EventHost } from './event-lane.ts'
import { OwnPublisher } from './own-publisher.ts'

const nothing = Buffer.alloc(0)

/** The channels on which a transport publishes: one for each delivery level, and one for messages of its own. */
export class Publishers {
  readonly #atLeastOnce: AtLeastOncePublisher
  readonly #atMostOnce: AtMostOncePublisher
  readonly #own: OwnPublisher
  readonly #lanes: ReadonlyArray<AtLeastOncePublisher | AtMostOncePublisher | OwnPublisher>
  readonly #names: Names

  constructor(host: EventHost, { names, clock, random, patienceMs, returnMs, canAsk }: PublishersDeps) {
    this.#names = names
    const probe = (address: Address) => this.#probe(address)
    const look = () => canAsk() && this.#own.shout(names.looks)
    this.#atLeastOnce = new AtLeastOncePublisher(host, { clock, random, patienceMs, probe, returnMs, look })
    this.#atMostOnce = new AtMostOncePublisher(host)
    this.#own = new OwnPublisher(host)
    this.#lanes = [this.#atLeastOnce, this.#atMostOnce, this.#own]
  }

  /** Addresses at which publishes wait for room. */
  get full(): number {
    return this.#atLeastOnce.full
  }

  /** Messages that have not left yet. */
  get unwritten(): number {
    return this.#lanes.reduce((sum, { waiting }) => sum + waiting, 0)
  }

  publish(pending: PendingPublish): void {
    const isAtLeastOnce = pending.frame.header.delivery === 'at-least-once'
    const publisher = isAtLeastOnce ? this.#atLeastOnce : this.#atMostOnce
    publisher.publish(pending)
  }

  /** Sends a message of the transport's own. */
  send(message: AmqpMessage): Promise<TransportReceipt> {
    return this.#own.send(message)
  }

  /** Has every lane write to a new session; `attach` opens the channel of each. */
  async resume(
    session: Session,
    attach: (lane: Pick<ChannelLane, 'confirms' | 'attach'>) => Promise<void>,
  ): Promise<void> {
    for (const lane of [this.#atLeastOnce, this.#atMostOnce]) lane.writeBy(session.writer)
    await Promise.all(this.#lanes.map(attach))
  }

  /** The session is lost. */
  down(error: unknown): void {
    for (const lane of this.#lanes) lane.down(error)
  }

  /** The broker takes nothing at the moment, or takes messages again. */
  block(isBlocked: boolean): void {
    for (const lane of this.#lanes) lane.block(isBlocked)
  }

  /** A consumer may have to make its queue again. */
  disturbed(): void {
    this.#atLeastOnce.disturbed()
  }

  #probe(address: Address): Promise<boolean> {
    const { exchange, key } = this.#names.binding(address, 'at-least-once')
    return this.send({ exchange, key, id: undefined, content: nothing, properties: probeProperties }).then(
      () => true,
      () => false,
    )
  }
}

export interface PublishersDeps {
  readonly names: Names
  readonly clock: Clock
  readonly random: Random
  /** How long a publish waits for room before it is refused, in milliseconds. */
  readonly patienceMs: number
  /** How long those who consume may take to come back, in milliseconds. */
  readonly returnMs: number
  /** Whether the session can ask other members now. */
  readonly canAsk: () => boolean
}
