import type { TransportReceipt } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import { type Frame, formatAddress } from '../message/index.ts'
import type { Plan, SkippedRoute } from '../routing/index.ts'
import type { Way } from './ways.ts'

/** What becomes of a message that no transport carries: nobody was there for a broadcast; anything else is an error. */
export function unrouted({ plan: found }: Way, frame: Frame): TransportReceipt {
  const details = { outcome: 'failed', messageId: frame.header.id }
  const isDirect = found.address.kind === 'inbox'
  const skipped = inWords(found.skipped)
  const what = `${frame.header.type} cannot go to ${formatAddress(found.address)}: ${skipped}`
  if (isDirect && found.away.length > 0) throw wireAway(frame, found.away)
  if (found.lacksCapability) throw smError('SM_CAPABILITY_MISSING', what, { details })
  if (isDirect) throw smError('SM_ROUTE_NONE', what, { details })
  return { evidence: 'none', copies: 0 }
}

/** The error of a message that too few transports would take. */
export function noQuorum({ address, quorum, working, routes, skipped }: Plan, { header: { id, type } }: Frame) {
  const each = inWords([...routes, ...skipped])
  const what = `${type} needs ${quorum} transports to ${formatAddress(address)}, and ${working} work: ${each}`
  return smError('SM_QUORUM_MISSING', what, { details: { outcome: 'failed', messageId: id, quorum, working } })
}

function inWords(transports: readonly SkippedRoute[]): string {
  return transports.map(({ transport, reason }) => `${transport} ${reason}`).join('; ')
}

/** Nobody knows who is there. */
export function wireAway({ header: { id, type } }: Frame, transports: readonly string[]) {
  return smError('SM_WIRE_AWAY', `${type} cannot be sent: ${transports.join(', ')} lost the wire`, {
    details: { outcome: 'failed', messageId: id, transports },
  })
}
