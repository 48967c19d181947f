import { formatAddress, smError, type TransportReceipt } from '@sm/core/transport'
import type { PublishAttempt } from './publish-attempt.ts'

const none: TransportReceipt = Object.freeze({ evidence: 'none', copies: 0 })

/** Ends a publish that no queue wants: a topic may have no subscriber, an inbox must have an owner. */
export function unroutable(attempt: PublishAttempt): void {
  const { pending } = attempt
  if (pending?.address.kind !== 'inbox') {
    attempt.taken(none)
    return
  }
  const what = `Nobody on the broker has the inbox ${formatAddress(pending.address)}`
  attempt.failed(smError('SM_ROUTE_NONE', what, { details: { transport: 'amqp', outcome: 'failed' } }))
}
