import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream'
import { readReceipt } from '../wire/receipt.ts'

/** Most deliveries that are remembered for not being what the server says. */
const maxRemembered = 1_000

/**
 * The last frame that a consumer has delivered to anybody, by its number in the stream. nats-server 2.9 takes one back for each
 * time at which a frame was due again and no member was there to take it: what is in somebody's hands was delivered all the same.
 */
export async function lastDelivered(info: ConsumerInfo, manager: JetStreamManager): Promise<number> {
  const { stream_name, config, delivered, ack_floor, num_ack_pending } = info
  if (num_ack_pending === 0) return delivered.stream_seq
  const least = Math.max(delivered.stream_seq, ack_floor.stream_seq + num_ack_pending)
  const search = { seq: ack_floor.stream_seq + 1, next_by_subj: config.filter_subject as string }
  const oldest = await manager.streams.getMessage(stream_name, search)
  return Math.max(least, oldest?.seq ?? 0)
}

/**
 * How often frames of one consumer were delivered, as the server counts, but for one thing: a server that has taken deliveries
 * back says "for the first time" of them once more. First deliveries are in the order of the stream: what is not beyond all
 * others is none.
 */
export class DeliveryCounts {
  /** The last frame that the consumer has delivered to anybody, by its number in the stream. */
  #delivered = 0
  /** Deliveries that are not the first, though the server says so. */
  readonly #later = new Set<string>()

  /** The consumer is as far as this. */
  begin(lastDelivered: number): void {
    this.#delivered = lastDelivered
  }

  /** A delivery has arrived; to be told of each, in order. */
  arrived(token: string): void {
    const { attempt, sequence } = readReceipt(token)
    const number = Number(sequence)
    if (number > this.#delivered) this.#delivered = number
    else if (attempt === 1) this.#remember(token)
  }

  /** Which delivery of its frame it is, from 1. */
  attemptOf(token: string): number {
    const { attempt } = readReceipt(token)
    return attempt === 1 && this.#later.has(token) ? 2 : attempt
  }

  #remember(token: string): void {
    if (this.#later.size === maxRemembered) this.#later.delete(this.#later.values().next().value as string)
    this.#later.add(token)
  }
}
