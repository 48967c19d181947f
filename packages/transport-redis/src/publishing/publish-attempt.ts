import { brokerError, type FrameFormat, type PendingPublish } from '@sm/brokered'
import { formatAddress, smError } from '@sm/core/transport'
import { placeName } from '../wire/names.ts'
import { type WireEvent, writeEvent } from '../wire/wire-event.ts'

/** A frame on its way to the server, until its publish has ended. */
export class PublishAttempt {
  readonly pending: PendingPublish
  /** Where it goes: `topic:order.placed`. */
  readonly place: string
  /** The frame as it is sent. */
  readonly event: WireEvent | Buffer
  /** Its place among all that were published here. */
  readonly number: number

  constructor(pending: PendingPublish, number: number, format: FrameFormat) {
    this.pending = pending
    this.number = number
    this.place = placeName(pending.address)
    this.event = writeEvent(pending.frame, format)
  }

  /** Nobody is there to get it: no error for a topic. */
  reachedNobody(): void {
    const { address, frame } = this.pending
    if (address.kind === 'topic') {
      this.pending.taken({ evidence: 'none', copies: 0 })
      return
    }
    const what = `No queue on Redis takes ${frame.header.type} to ${formatAddress(address)}`
    this.pending.failed(smError('SM_ROUTE_NONE', what, { details: { transport: 'redis', outcome: 'failed' } }))
  }

  /** The connection was lost before the server had answered. */
  lost(): void {
    const { header } = this.pending.frame
    const what = `The connection to Redis was lost before it had answered for ${header.type} (${header.id})`
    const outcome = this.pending.mayHaveArrived ? 'unknown' : 'failed'
    this.pending.failed(brokerError('SM_BROKER_LOST', what, { details: { transport: 'redis', outcome } }))
  }
}

/** Frames in the order in which they were published. */
export function inOrder(frames: Iterable<PublishAttempt>): PublishAttempt[] {
  return [...frames].sort((a, b) => a.number - b.number)
}
