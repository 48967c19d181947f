import type { Msg } from '@nats-io/transport-node'
import {
  type DeliveryLevel,
  describeThrown,
  type Frame,
  matchesPattern,
  type SmError,
  type SubscriptionSpec,
} from '@sm/core/transport'
import { natsError } from '../errors.ts'
import { leftToReceivers } from '../wire/names.ts'
import { toFrame } from '../wire/read-event.ts'
import type { IntakeDeps } from './intake-deps.ts'

/** Reads the messages that come for a subscription. */
export class EventReader {
  readonly #deps: Pick<IntakeDeps, 'names' | 'clock'>
  readonly #delivery: DeliveryLevel
  readonly #pattern: string | undefined

  constructor({ target }: SubscriptionSpec, delivery: DeliveryLevel, deps: Pick<IntakeDeps, 'names' | 'clock'>) {
    this.#deps = deps
    this.#delivery = delivery
    this.#pattern = leftToReceivers(target)
  }

  /** Whether a message fits the pattern of the subscription, and not only the filter of the server. */
  isMeant({ subject }: Msg): boolean {
    if (this.#pattern === undefined) return true
    return matchesPattern(this.#pattern, this.#deps.names.topicOf(subject, this.#delivery === 'at-least-once'))
  }

  /** The frame that a message carries, or why it carries none. */
  read(msg: Msg): Frame | SmError {
    try {
      return toFrame(msg, { now: this.#deps.clock.now(), delivery: this.#delivery })
    } catch (cause) {
      const what = `What came on ${msg.subject} is no message: ${describeThrown(cause)}`
      return natsError('SM_NATS_EVENT', what, { cause })
    }
  }
}
