import { formatAddress, smError, type TransportReceipt } from '@sm/core/transport'
import type { PendingPublish } from './pending-publish.ts'

const none: TransportReceipt = Object.freeze({ evidence: 'none', copies: 0 })

/** Ends a publish that no queue wants: a topic may have no subscriber, an inbox must have an owner. */
export function unroutable(pending: PendingPublish): void {
  const { publication } = pending
  if (publication?.address.kind !== 'inbox') {
    pending.resolve(none)
    return
  }
  const what = `Nobody on the broker has the inbox ${formatAddress(publication.address)}`
  pending.reject(smError('SM_ROUTE_NONE', what, { details: { transport: 'amqp', outcome: 'failed' } }))
}
