import {
  type Address,
  type Frame,
  formatAddress,
  frameBytes,
  type MaybePromise,
  type SignalOptions,
  smError,
  type TransportContext,
  type TransportReceipt,
} from '@sm/core/transport'
import { Entry } from './entry.ts'
import { meshError } from './errors.ts'
import type { Groups } from './groups.ts'
import type { Link } from './link.ts'
import { Publication } from './publication.ts'
import type { RemoteGroup } from './remote-group.ts'
import type { Packer } from './wire/packer.ts'

/** A publish that has not been sent or confirmed within about this time begins to heed its signal, in milliseconds. */
const watchAfterMs = 100

/** More than the header of any frame takes, in bytes: a dozen texts of 512 characters, 32 extensions of 2,048. */
const maxHeaderBytes = 262_144

const unheard: TransportReceipt = { evidence: 'none', copies: 0 }

/** What sending needs of the transport. */
export interface OutboundParts {
  /** Its name, for errors. */
  readonly transport: string
  readonly maxFrameBytes: number
  readonly groups: Groups
  readonly packer: Packer
  readonly context: TransportContext
  /** The links that are open now. */
  readonly links: () => Iterable<Link>
}

/** Sends frames to the groups that want them, and waits for what has to be waited for. */
export class Outbound {
  readonly #parts: OutboundParts
  #watching = false
  #abandoned = 0

  constructor(parts: OutboundParts) {
    this.#parts = parts
  }

  /** Frames that were accepted, and whose handling nobody will finish. */
  get abandoned(): number {
    return this.#abandoned
  }

  /** Throws `SM_FRAME_TOO_LARGE` or `SM_ROUTE_NONE`. */
  publish(frame: Frame, address: Address, options: SignalOptions | undefined): MaybePromise<TransportReceipt> {
    this.#requireSize(frame)
    const groups = this.#parts.groups.for(address)
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

  /** The last member of a group is gone, and these frames with it. */
  abandon(group: RemoteGroup, entries: readonly Entry[]): void {
    let lost = 0
    for (const entry of entries) {
      if (!entry.awaiting) lost += 1
      const outcome = entry.attempt > 1 ? 'unknown' : 'failed'
      entry.failed(smError('SM_ROUTE_NONE', `The last consumer of ${group.key} is gone`, { details: { outcome } }))
    }
    if (lost === 0) return
    this.#abandoned += lost
    const { code, message } = smError('SM_DELIVERY_ABANDONED', `${lost} frames for ${group.key} had been accepted`)
    this.#parts.context.logger.error({ transport: this.#parts.transport, code, lost }, message)
  }

  /** The transport has stopped, and peers have not confirmed these. */
  unconfirmed(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const what = `The transport ${this.#parts.transport} stopped before a peer had confirmed a frame`
      entry.failed(entry.awaiting && meshError('SM_MESH_UNCONFIRMED', what, { details: { outcome: 'unknown' } }))
    }
  }

  #requireSize(frame: Frame): void {
    const { packer, maxFrameBytes } = this.#parts
    const wire = packer.pack(frame) ?? frame
    // The exact size takes a walk through the header, which few frames come near enough to need.
    if (wire.body.bytes().length + maxHeaderBytes <= maxFrameBytes) return
    const bytes = frameBytes(wire)
    if (bytes <= maxFrameBytes) return
    const what = `The frame of ${frame.header.type} has ${bytes} bytes, and ${this.#parts.transport} takes ${maxFrameBytes}`
    throw smError('SM_FRAME_TOO_LARGE', what, { details: { bytes, maxFrameBytes, outcome: 'failed' } })
  }

  #unrouted(address: Address): TransportReceipt {
    if (address.kind === 'topic') return unheard
    throw smError('SM_ROUTE_NONE', `No peer of ${this.#parts.transport} has the inbox ${formatAddress(address)}`, {
      details: { outcome: 'failed' },
    })
  }

  #confirm(
    frame: Frame,
    groups: readonly RemoteGroup[],
    receipt: TransportReceipt,
    options: SignalOptions | undefined,
  ): Promise<TransportReceipt> {
    const publication = new Publication(groups.length, receipt, options)
    const packed = this.#parts.packer.pack(frame)
    for (const group of groups) {
      const entry = new Entry(frame, group, publication)
      entry.packed = packed
      publication.add(entry)
      group.push(entry)
    }
    this.#watchLater()
    return publication.promise
  }

  /** Not at once: to watch a signal costs more than to publish, and nearly all are sent or confirmed before. */
  #watchLater(): void {
    if (this.#watching) return
    this.#watching = true
    this.#parts.context.clock.schedule(() => {
      this.#watching = false
      this.#parts.groups.watch()
      for (const link of this.#parts.links()) link.watchUnconfirmed()
    }, watchAfterMs)
  }
}
