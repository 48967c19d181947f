import { formatAddress, smError, type TransportReceipt } from '@sm/core/transport'
import type { Letter } from './letter.ts'

const none: TransportReceipt = Object.freeze({ evidence: 'none', copies: 0 })

/** Ends a letter that no queue wants: a topic may have no subscriber, an inbox must have an owner. */
export function unroutable(letter: Letter): void {
  const { publication } = letter
  if (publication?.address.kind !== 'inbox') {
    letter.resolve(none)
    return
  }
  const what = `Nobody on the broker has the inbox ${formatAddress(publication.address)}`
  letter.reject(smError('SM_ROUTE_NONE', what, { details: { transport: 'amqp', outcome: 'failed' } }))
}
