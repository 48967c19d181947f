import { type Frame, frameBytes, smError } from '@sm/core/transport'
import type { Entry } from './entry.ts'
import type { LinkHost } from './link-host.ts'
import type { Unsettled } from './unsettled.ts'
import type { ChunkSender } from './wire/chunk-sender.ts'
import type { Hello } from './wire/hello.ts'
import { KnownHeaders } from './wire/known-headers.ts'
import type { Output } from './wire/output.ts'
import { chunkBytes, costOf, maxHeaderBytes } from './wire/packet.ts'
import { type MessageHead, writeMessage } from './wire/packet-writer.ts'
import { Teller } from './wire/teller.ts'

export interface FrameSenderParts {
  readonly host: LinkHost
  /** Where the connection leads, for errors. */
  readonly remote: string
  readonly peer: Hello
  readonly output: Output
  readonly chunks: ChunkSender
  readonly unsettled: Unsettled
}

/** Sends frames to one peer, each in the shortest form that the peer can read. */
export class FrameSender {
  readonly #parts: FrameSenderParts
  readonly #teller: Teller
  readonly #headers: KnownHeaders
  /** Largest body that is sure to go in one packet, whatever its header. */
  readonly #smallBody: number

  constructor(parts: FrameSenderParts) {
    const { host, output, peer } = parts
    this.#parts = parts
    this.#teller = new Teller(host.packer, output)
    this.#headers = new KnownHeaders(output)
    this.#smallBody = Math.min(chunkBytes, peer.maxFrameBytes) - maxHeaderBytes
  }

  /** Sends a frame to an interest of the peer, and returns what it costs of the interest's credit. */
  send(interest: number, entry: Entry): number {
    const { peer, unsettled } = this.#parts
    const { attempt, reliable } = entry
    const packed = peer.packed ? this.#teller.pack(entry.frame, entry.packed) : undefined
    const frame = packed ?? entry.frame
    const sequence = reliable ? unsettled.next : 0
    const head = { interest, reliable, packed: packed !== undefined, attempt, sequence }
    const bytes = this.#short(head, frame) ?? this.#whole(head, frame)
    if (bytes > peer.maxFrameBytes) return this.#tooLarge(entry, bytes)
    if (reliable) unsettled.add(entry)
    return costOf(bytes)
  }

  #short(head: MessageHead, frame: Frame): number | undefined {
    if (!this.#parts.peer.packed || frame.body.bytes().length > this.#smallBody) return undefined
    return this.#headers.write(head, frame)
  }

  /** Does not send what is larger than the peer takes. */
  #whole(head: MessageHead, frame: Frame): number {
    const { output, chunks, peer } = this.#parts
    const bytes = frameBytes(frame)
    if (bytes > peer.maxFrameBytes) return bytes
    if (bytes > chunkBytes) chunks.send(head, frame, bytes)
    else writeMessage(output, head, frame, bytes)
    return bytes
  }

  /** The peer would close the link over it, and again over the next try. */
  #tooLarge(entry: Entry, bytes: number): number {
    const { host, remote, peer } = this.#parts
    const { maxFrameBytes } = peer
    const what = `A frame of ${bytes} bytes cannot go to ${remote}, which takes ${maxFrameBytes}`
    const error = smError('SM_FRAME_TOO_LARGE', what, { details: { bytes, maxFrameBytes, outcome: 'failed' } })
    host.fault(error)
    entry.failed(error)
    return 0
  }
}
