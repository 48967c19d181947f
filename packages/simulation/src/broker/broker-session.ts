import type { Clock } from '@sm/core/transport'
import type { ConduitEnd } from '../network/conduit.ts'
import type { Endpoint } from '../network/endpoint.ts'
import type { Network } from '../network/network.ts'
import { type BrokerQueue, QueueMember } from './broker-queue.ts'
import { type FromBroker, type PublishPacket, type QueueSpec, sizeOf, type ToBroker } from './packets.ts'
import { RecentNumbers } from './recent-numbers.ts'

/** The parts of a broker that a session calls. */
export interface SessionHost {
  readonly clock: Clock
  readonly network: Network
  readonly endpoint: Endpoint
  readonly deadAfterMs: number
  publish(packet: PublishPacket, session: BrokerSession): void
  queueOf(spec: QueueSpec): BrokerQueue
  ended(session: BrokerSession): void
}

/** A client's connection, as the broker has it. */
export class BrokerSession {
  readonly #host: SessionHost
  readonly #client: Endpoint
  readonly #end: ConduitEnd<ToBroker | FromBroker>
  readonly #receive: (packet: FromBroker) => void
  readonly #members = new Map<number, { readonly member: QueueMember; readonly queue: BrokerQueue }>()
  readonly #numbers = new RecentNumbers()
  #heardAt: number
  #serials = 0
  #isEnded = false

  /** `receive` is the client's ear for what comes by itself, beside the connection. */
  constructor(
    host: SessionHost,
    client: Endpoint,
    end: ConduitEnd<ToBroker | FromBroker>,
    receive: (packet: FromBroker) => void,
  ) {
    this.#host = host
    this.#client = client
    this.#end = end
    this.#receive = receive
    this.#heardAt = this.#clock.elapsed()
    end.open({ item: packet => this.hear(packet as ToBroker), closed: () => this.#ended() })
    this.#watch()
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** A packet of the client, over the connection or beside it. */
  hear(packet: ToBroker): void {
    if (this.#isEnded) return
    this.#heardAt = this.#clock.elapsed()
    if (packet.kind === 'publish') this.#publish(packet)
    else if (packet.kind === 'ping') this.#send({ kind: 'pong' })
    else if (packet.kind === 'consume') this.#consume(packet)
    else this.#consumed(packet)
  }

  /** The answer to a publish. It can be lost. */
  confirm(number: number, copies: number): void {
    const { network, endpoint } = this.#host
    if (!network.loses(endpoint.host, this.#client.host)) this.#send({ kind: 'confirm', number, copies })
  }

  get #clock(): Clock {
    return this.#host.clock
  }

  /** The network may bring a frame twice, which was to come once at most. */
  #publish(packet: PublishPacket): void {
    if (packet.kept || this.#numbers.isNew(packet.number)) this.#host.publish(packet, this)
  }

  #consume({ consumer, spec }: ToBroker & { kind: 'consume' }): void {
    const { network, endpoint } = this.#host
    const queue = this.#host.queueOf(spec)
    const member = new QueueMember(
      {
        deliver: ({ attempt, bytes }, tag) => this.#send({ kind: 'deliver', consumer, tag, attempt, bytes }),
        deliverOnce: bytes => {
          this.#serials += 1
          const packet = { kind: 'deliverOnce', consumer, serial: this.#serials, bytes } as const
          network.send(endpoint, this.#client, () => this.#receive(packet))
        },
        retired: () => this.#send({ kind: 'retired', consumer }),
      },
      spec.prefetch,
    )
    this.#members.set(consumer, { member, queue })
    this.#send({ kind: 'consuming', consumer })
    queue.join(member)
  }

  #consumed(packet: ToBroker & { consumer: number }): void {
    const { queue, member } = this.#members.get(packet.consumer) ?? {}
    if (!queue || !member) return
    if (packet.kind === 'settle') queue.settle(member, packet.tag, packet.settlement)
    else if (packet.kind === 'retire') queue.retire(member)
    else {
      this.#members.delete(packet.consumer)
      queue.leave(member, false)
    }
  }

  #send(packet: FromBroker): void {
    if (!this.#isEnded) this.#end.send(packet, sizeOf(packet))
  }

  /** A client that has been silent for long counts as dead. */
  #watch(): void {
    const { deadAfterMs } = this.#host
    this.#clock.schedule(() => {
      if (this.#isEnded) return
      if (this.#clock.elapsed() - this.#heardAt > deadAfterMs) {
        this.#end.destroy()
        this.#ended()
      } else this.#watch()
    }, deadAfterMs / 2)
  }

  #ended(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#host.ended(this)
    for (const { queue, member } of this.#members.values()) queue.leave(member, true)
    this.#members.clear()
  }

  /** The broker has died. */
  drop(): void {
    this.#ended()
  }
}
