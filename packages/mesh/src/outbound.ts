import {
  type Address,
  type Frame,
  formatAddress,
  type MaybePromise,
  requireFrameFits,
  type SignalOptions,
  smError,
  type TransportContext,
  type TransportReceipt,
} from '@sm/core/transport'
import { meshError } from './errors.ts'
import { type Awaiting, type Choose, FrameCopy } from './groups/frame-copy.ts'
import type { Groups } from './groups/groups.ts'
import { PendingPublish } from './groups/pending-publish.ts'
import type { RemoteGroup } from './groups/remote-group.ts'
import type { Link } from './links/link.ts'
import type { Packer } from './wire/bodies/packer.ts'

/** A publish that has not been sent or confirmed within about this time begins to heed its signal, in milliseconds. */
const watchAfterMs = 100

const unheard: TransportReceipt = { evidence: 'none', copies: 0 }

/** Sends frames to the groups that want them, and waits for what has to be waited for. */
export class Outbound {
  readonly #deps: OutboundDeps
  #watching = false
  #abandoned = 0

  constructor(deps: OutboundDeps) {
    this.#deps = deps
  }

  /** Frames that were accepted, and whose handling nobody will finish. */
  get abandoned(): number {
    return this.#abandoned
  }

  /** Throws `SM_FRAME_TOO_LARGE` or `SM_ROUTE_NONE`. */
  publish(frame: Frame, address: Address, options: SignalOptions | undefined): MaybePromise<TransportReceipt> {
    this.#requireSize(frame)
    const groups = this.#deps.groups.for(address)
    const copies = groups.length
    if (copies === 0) return this.#unrouted(address)
    if (frame.header.delivery === 'at-least-once') {
      return this.#confirm(frame, groups, { evidence: 'accepted', copies }, options)
    }
    let missing = 0
    let full: RemoteGroup[] | undefined
    for (const group of groups) {
      if (group.offer(frame)) continue
      if (group.isExpected) {
        missing += 1
        continue
      }
      full ??= []
      full.push(group)
    }
    const receipt: TransportReceipt = missing === copies ? unheard : { evidence: 'sent', copies: copies - missing }
    return full ? this.#confirm(frame, full, receipt, options) : receipt
  }

  /** Ends the publishes under way that `choose` names: another transport takes them over. */
  recall(choose: Choose): void {
    this.#eachAwaiting(awaiting => awaiting.recall(choose))
  }

  /** The last member of a group is gone, and these frames with it. */
  abandon(group: RemoteGroup, entries: readonly FrameCopy[]): void {
    let lost = 0
    for (const copy of entries) {
      if (!copy.awaiting) lost += 1
      const outcome = copy.attempt > 1 ? 'unknown' : 'failed'
      copy.failed(smError('SM_ROUTE_NONE', `The last consumer of ${group.key} is gone`, { details: { outcome } }))
    }
    if (lost === 0) return
    this.#abandoned += lost
    const { code, message } = smError('SM_DELIVERY_ABANDONED', `${lost} frames for ${group.key} had been accepted`)
    this.#deps.context.logger.error({ transport: this.#deps.transport, code, lost }, message)
  }

  /** The transport has stopped, and peers have not confirmed these. */
  unconfirmed(entries: readonly FrameCopy[]): void {
    for (const copy of entries) {
      const what = `The transport ${this.#deps.transport} stopped before a peer had confirmed a frame`
      copy.failed(copy.awaiting && meshError('SM_MESH_UNCONFIRMED', what, { details: { outcome: 'unknown' } }))
    }
  }

  #requireSize(frame: Frame): void {
    const { packer, maxFrameBytes } = this.#deps
    requireFrameFits(this.#deps.transport, packer.pack(frame) ?? frame, maxFrameBytes)
  }

  #unrouted(address: Address): TransportReceipt {
    if (address.kind === 'topic') return unheard
    throw smError('SM_ROUTE_NONE', `No peer of ${this.#deps.transport} has the inbox ${formatAddress(address)}`, {
      details: { outcome: 'failed' },
    })
  }

  #confirm(
    frame: Frame,
    groups: readonly RemoteGroup[],
    receipt: TransportReceipt,
    options: SignalOptions | undefined,
  ): Promise<TransportReceipt> {
    const pending = new PendingPublish(this.#deps.transport, groups.length, receipt, options)
    const packed = this.#deps.packer.pack(frame)
    for (const group of groups) {
      const copy = new FrameCopy(frame, group, pending, packed)
      pending.add(copy)
      group.push(copy)
    }
    this.#watchLater()
    return pending.promise
  }

  /** Not at once: to watch a signal costs more than to publish, and nearly all are sent or confirmed before. */
  #watchLater(): void {
    if (this.#watching) return
    this.#watching = true
    this.#deps.context.clock.schedule(() => {
      this.#watching = false
      this.#eachAwaiting(awaiting => awaiting.watch())
    }, watchAfterMs)
  }

  /** Those that wait come after those that have left. */
  #eachAwaiting(visit: (awaiting: Awaiting) => void): void {
    for (const link of this.#deps.links()) link.eachAwaiting(visit)
    this.#deps.groups.eachAwaiting(visit)
  }
}

/** Dependencies of sending. */
export interface OutboundDeps {
  /** Its name, for errors. */
  readonly transport: string
  readonly maxFrameBytes: number
  readonly groups: Groups
  readonly packer: Packer
  readonly context: TransportContext
  /** The links that are open now. */
  readonly links: () => Iterable<Link>
}
