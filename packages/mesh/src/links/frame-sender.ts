import { type Frame, frameBytes, smError } from '@sm/core/transport'
import type { FrameCopy } from '../groups/frame-copy.ts'
import type { ChunkSender } from '../wire/bodies/chunk-sender.ts'
import type { Packer } from '../wire/bodies/packer.ts'
import { Teller } from '../wire/bodies/teller.ts'
import { SentHeaderKinds } from '../wire/headers/sent-header-kinds.ts'
import type { Hello } from '../wire/packets/hello.ts'
import type { Output } from '../wire/packets/output.ts'
import { chunkBytes, costOf, maxKindBytes } from '../wire/packets/packet.ts'
import { type MessageHead, writeMessage } from '../wire/packets/packet-writer.ts'
import type { Unsettled } from './unsettled.ts'

/** Sends frames to one peer, each in the shortest form that the peer can read. */
export class FrameSender {
  readonly #deps: FrameSenderDeps
  readonly #teller: Teller
  readonly #headers: SentHeaderKinds
  /** Largest body that is sure to go in one packet, whatever its header. */
  readonly #smallBody: number

  constructor(deps: FrameSenderDeps) {
    const { host, output, peer } = deps
    this.#deps = deps
    this.#teller = new Teller(host.packer, output)
    this.#headers = new SentHeaderKinds(output)
    this.#smallBody = Math.min(chunkBytes, peer.maxFrameBytes) - maxKindBytes
  }

  /** Sends a frame to an interest of the peer, and returns what it costs of the interest's credit. */
  send(interest: number, copy: FrameCopy): number {
    const { peer, unsettled } = this.#deps
    const { attempt, reliable } = copy
    const packed = peer.packed ? this.#teller.pack(copy.frame, copy.packed) : undefined
    const frame = packed ?? copy.frame
    const sequence = reliable ? unsettled.next : 0
    const head = { interest, reliable, packed: packed !== undefined, attempt, sequence }
    const bytes = this.#short(head, frame) ?? this.#whole(head, frame)
    if (bytes > peer.maxFrameBytes) return this.#tooLarge(copy, bytes)
    if (reliable) unsettled.add(copy)
    return costOf(bytes)
  }

  #short(head: MessageHead, frame: Frame): number | undefined {
    if (!this.#deps.peer.packed || frame.body.bytes().length > this.#smallBody) return undefined
    return this.#headers.write(head, frame)
  }

  /** Does not send what is larger than the peer takes. */
  #whole(head: MessageHead, frame: Frame): number {
    const { output, chunks, peer } = this.#deps
    const bytes = frameBytes(frame)
    if (bytes > peer.maxFrameBytes) return bytes
    if (bytes > chunkBytes) chunks.send(head, frame, bytes)
    else writeMessage(output, head, frame, bytes)
    return bytes
  }

  /** The peer would close the link over it, and again over the next try. */
  #tooLarge(copy: FrameCopy, bytes: number): number {
    const { host, remote, peer } = this.#deps
    const { maxFrameBytes } = peer
    const what = `A frame of ${bytes} bytes cannot go to ${remote}, which takes ${maxFrameBytes}`
    const error = smError('SM_FRAME_TOO_LARGE', what, { details: { bytes, maxFrameBytes, outcome: 'failed' } })
    host.fault(error)
    copy.failed(error)
    return 0
  }
}

export interface FrameSenderDeps {
  readonly host: FrameSenderHost
  /** Where the connection leads, for errors. */
  readonly remote: string
  readonly peer: Hello
  readonly output: Output
  readonly chunks: ChunkSender
  readonly unsettled: Unsettled
}

/** The parts of a link that sending frames uses. */
export interface FrameSenderHost {
  /** Packs bodies for peers that take them packed. */
  readonly packer: Packer
  /** A frame cannot be sent. */
  fault(error: unknown): void
}
