import { Broker, type BrokerDeps } from '../broker/broker.ts'
import { BrokerQueue, type BrokerQueueDeps } from '../broker/broker-queue.ts'
import type { BrokerSession } from '../broker/broker-session.ts'
import type { PublishPacket, QueueSpec } from '../broker/packets.ts'

/** How much has passed. */
export interface Count {
  readonly words: number
  readonly bytes: number
}

const nothing: Count = { words: 0, bytes: 0 }

/** Told of each word, once it is on its way to those who hear it. */
export type OnWord = (topic: string, bytes: Uint8Array) => void

/** A broker that counts what is sent at most once: the words of presence, where agents say nothing else. */
export class CountingBroker extends Broker {
  #sent = nothing
  readonly #received = new Map<string, Count>()
  readonly #onWord: OnWord

  constructor(deps: BrokerDeps, onWord: OnWord) {
    super(deps)
    this.#onWord = onWord
  }

  /** What agents have sent. */
  get sent(): Count {
    return this.#sent
  }

  /** What has come to an instance: a word to all comes to each. */
  received(agent: string, instance: string): Count {
    return this.#received.get(`${agent}/${instance}`) ?? nothing
  }

  /** What has come to all of them together. */
  get receivedByAll(): Count {
    return [...this.#received.values()].reduce(
      (sum, { words, bytes }) => ({
        words: sum.words + words,
        bytes: sum.bytes + bytes,
      }),
      nothing,
    )
  }

  override publish(packet: PublishPacket, session: BrokerSession): void {
    const { address } = packet
    this.#sent = added(this.#sent, packet.bytes)
    super.publish(packet, session)
    if (address.kind === 'topic') this.#onWord(address.topic, packet.bytes)
  }

  protected override createQueue(spec: QueueSpec, deps: BrokerQueueDeps): BrokerQueue {
    return new CountingQueue(spec, deps, bytes => {
      this.#received.set(spec.group, added(this.#received.get(spec.group) ?? nothing, bytes))
    })
  }
}

class CountingQueue extends BrokerQueue {
  readonly #count: (bytes: Uint8Array) => void

  constructor(spec: QueueSpec, deps: BrokerQueueDeps, count: (bytes: Uint8Array) => void) {
    super(spec, deps)
    this.#count = count
  }

  override pushOnce(bytes: Uint8Array): void {
    this.#count(bytes)
    super.pushOnce(bytes)
  }
}

function added({ words, bytes }: Count, more: Uint8Array): Count {
  return { words: words + 1, bytes: bytes + more.length }
}
