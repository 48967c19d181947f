import { brokerError, type PendingPublish } from '@sm/brokered'
import { formatAddress, smError } from '@sm/core/transport'

/** The error of a frame that nobody wants. */
export function nobody({ frame, address }: PendingPublish, outcome: 'failed' | 'unknown'): Error {
  const what = `Nobody has the inbox ${formatAddress(address)} that ${frame.header.type} is for`
  return smError('SM_ROUTE_NONE', what, { details: { outcome } })
}

/** The error of a frame whose headers, as text, do not fit beside its body. */
export function tooLarge({ frame }: PendingPublish, bytes: number, most: number): Error {
  const what = `A frame of ${frame.header.type} has ${bytes} bytes on the wire, and the server takes ${most}`
  return smError('SM_FRAME_TOO_LARGE', what, { details: { outcome: 'failed', bytes, maxPayload: most } })
}

/** The error of a frame for which no room was found in time. */
export function noRoom({ frame, address }: PendingPublish): Error {
  const what = `There was no room for ${frame.header.type} to ${formatAddress(address)}`
  return brokerError('SM_BROKER_FULL', what, { details: { outcome: 'failed' } })
}
