import type { DeliveryLevel, SubscriptionSpec } from '@sm/core/transport'
import type { Options } from 'amqplib'
import type { ConsumerPlan } from './consumer-channel.ts'
import type { Names } from './names.ts'
import type { AmqpSettings } from './options.ts'
import { classic, quorum } from './quorum.ts'

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
