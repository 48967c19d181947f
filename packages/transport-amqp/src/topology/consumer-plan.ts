import type { DeliveryLevel, SubscriptionSpec } from '@sm/core/transport'
import type { Options } from 'amqplib'
import type { AmqpSettings } from '../options.ts'
import type { Binding, Names } from '../wire/names.ts'
import { classic, quorum } from './queue-types.ts'

/** A queue, where it is bound, and how it is declared. */
export interface QueuePlan {
  readonly queue: string
  readonly binding: Binding
  readonly options: Options.AssertQueue
}

/** The purpose of a consumer channel. */
export interface ConsumerPlan {
  /** The queue of what was sent at least once. It is settled frame by frame. */
  readonly kept: QueuePlan
  /** The queue of what was sent at most once. The broker forgets a frame as it sends it. */
  readonly once: QueuePlan
  readonly prefetch: number
  /** Whether the broker deletes a queue on the condition that nobody needs it: quorum queues know no conditions. */
  readonly deletable: boolean
}

/** The queues of a subscription. Members of a group must agree on them. */
export function consumerPlan(spec: SubscriptionSpec, names: Names, settings: AmqpSettings): ConsumerPlan {
  const { queues, keepMs, graceMs, maxQueued: maxLength } = settings
  const queue = (level: DeliveryLevel, options: Options.AssertQueue) => ({
    queue: names.queue(spec, level),
    binding: names.bindingOf(spec, level),
    options: { durable: true, maxLength, ...options },
  })
  const kind = { arguments: queues === 'quorum' ? quorum : classic }
  const expires = spec.durable ? keepMs : graceMs
  return {
    prefetch: spec.prefetch,
    deletable: queues === 'classic',
    kept: queue('at-least-once', { expires, overflow: 'reject-publish', ...kind } as Options.AssertQueue),
    // Gone with its last consumer.
    once: queue('at-most-once', { autoDelete: true, expires: graceMs, arguments: classic }),
  }
}
