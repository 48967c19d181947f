import { brokerError, type FrameFormat, type PendingPublish } from '@sm/brokered'
import { formatAddress, smError, type TransportReceipt } from '@sm/core/transport'
import { placeName } from '../wire/names.ts'
import { type WireEvent, writeEvent } from '../wire/wire-event.ts'

/** A frame on its way to the server, until its publish has ended. */
export class PublishAttempt {
  readonly pending: PendingPublish
  /** Where it goes: `topic:order.placed`. */
  readonly place: string
  /** The frame as it is sent. */
  readonly event: WireEvent | Buffer
  readonly promise: Promise<TransportReceipt>
  /** Its place among all that were published here. */
  readonly number: number
  #resolve!: (receipt: TransportReceipt) => void
  #reject!: (error: unknown) => void

  constructor(pending: PendingPublish, number: number, format: FrameFormat) {
    this.pending = pending
    this.number = number
    this.place = placeName(pending.address)
    this.event = writeEvent(pending.frame, format)
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The server has it. */
  accepted(receipt: TransportReceipt): void {
    this.#resolve(receipt)
  }

  /** Nobody is there to get it: no error for a topic. */
  reachedNobody(): void {
    const { address, frame } = this.pending
    if (address.kind === 'topic') {
      this.#resolve({ evidence: 'none', copies: 0 })
      return
    }
    const what = `No queue on Redis takes ${frame.header.type} to ${formatAddress(address)}`
    this.#reject(smError('SM_ROUTE_NONE', what, { details: { transport: 'redis', outcome: 'failed' } }))
  }

  failed(error: unknown): void {
    this.#reject(error)
  }

  /** The connection was lost before the server had answered. */
  lost(): void {
    const { header } = this.pending.frame
    const what = `The connection to Redis was lost before it had answered for ${header.type} (${header.id})`
    const outcome = this.pending.mayHaveArrived ? 'unknown' : 'failed'
    this.#reject(brokerError('SM_BROKER_LOST', what, { details: { transport: 'redis', outcome } }))
  }
}

/** Frames in the order in which they were published. */
export function inOrder(frames: Iterable<PublishAttempt>): PublishAttempt[] {
  return [...frames].sort((a, b) => a.number - b.number)
}
