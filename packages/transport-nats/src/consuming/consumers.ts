import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamManager,
  ReplayPolicy,
} from '@nats-io/jetstream'
import type { BrokeredSettings } from '@sm/brokered'
import type { SubscriptionSpec } from '@sm/core/transport'
import { describePattern } from '../groups/groups.ts'
import type { Session } from '../session.ts'
import { hasApiCode, toApiError } from '../streams/api-errors.ts'
import { leftToReceivers, type Names } from '../wire/names.ts'

const nanos = 1_000_000
const alreadyExists = 10148

/** The consumer of a subscription, as the server is to have it. */
function toConfig(spec: SubscriptionSpec, names: Names, settings: BrokeredSettings): ConsumerConfig {
  const { deadAfterMs, keepMs, graceMs } = settings
  const name = names.consumer(spec)
  return {
    durable_name: name,
    description: describePattern(leftToReceivers(spec.target)),
    filter_subject: names.keptFilter(spec.target),
    deliver_policy: DeliverPolicy.New,
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.Explicit,
    ack_wait: deadAfterMs * nanos,
    max_deliver: -1,
    // Members ask for no more than they have room for, so nothing is unbounded by this.
    max_ack_pending: -1,
    max_waiting: 4_096,
    inactive_threshold: (spec.durable ? keepMs : graceMs) * nanos,
  }
}

/** Makes sure that the consumer of a subscription is there. Rejects with a coded error. */
export async function ensureConsumer(
  spec: SubscriptionSpec,
  manager: JetStreamManager,
  session: Session,
  { names, settings }: { readonly names: Names; readonly settings: BrokeredSettings },
): Promise<ConsumerInfo> {
  const config = toConfig(spec, names, settings)
  try {
    return await manager.consumers.add(names.stream, config).catch(error => {
      // A member with other options: the last to come says what holds. Servers before 2.10 do so without being told.
      if (!hasApiCode(error, alreadyExists)) throw error
      return manager.consumers.update(names.stream, config.durable_name as string, config)
    })
  } catch (error) {
    throw toApiError(error, `make the consumer of ${names.queue(spec)}`, session)
  }
}
