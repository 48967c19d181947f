import type { Msg } from '@nats-io/transport-node'
import {
  type DeliveryLevel,
  describeThrown,
  type Frame,
  matchesPattern,
  type SmError,
  type SubscriptionSpec,
} from '@sm/core/transport'
import { natsError } from './errors.ts'
import type { KeptParts } from './kept-parts.ts'
import { leftToReceivers } from './names.ts'
import { toFrame } from './read-event.ts'

/** What a subscription makes of the messages that come for it. */
export class EventReader {
  readonly #parts: Pick<KeptParts, 'names' | 'clock'>
  readonly #delivery: DeliveryLevel
  readonly #pattern: string | undefined

  constructor({ target }: SubscriptionSpec, delivery: DeliveryLevel, parts: Pick<KeptParts, 'names' | 'clock'>) {
    this.#parts = parts
    this.#delivery = delivery
    this.#pattern = leftToReceivers(target)
  }

  /** Whether a message fits the pattern of the subscription, and not only the filter of the server. */
  isMeant({ subject }: Msg): boolean {
    if (this.#pattern === undefined) return true
    return matchesPattern(this.#pattern, this.#parts.names.topicOf(subject, this.#delivery === 'at-least-once'))
  }

  /** The frame that a message carries, or why it carries none. */
  read(msg: Msg): Frame | SmError {
    try {
      return toFrame(msg, { now: this.#parts.clock.now(), delivery: this.#delivery })
    } catch (cause) {
      const what = `What came on ${msg.subject} is no message: ${describeThrown(cause)}`
      return natsError('SM_NATS_EVENT', what, { cause })
    }
  }
}
