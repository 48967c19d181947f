import type { Frame } from '@sm/core/transport'
import { encodeHeader } from '../headers/encode-header.ts'
import type { Output } from '../packets/output.ts'
import { chunkBytes, messageHead, packet } from '../packets/packet.ts'
import { type MessageHead, writeHead } from '../packets/packet-writer.ts'

/** A frame on its way: what stands ahead of its body, and the body, which is copied once, into what leaves. */
interface Large {
  readonly stream: number
  readonly header: Uint8Array
  readonly body: Uint8Array
  sent: number
}

/**
 * Sends large frames in chunks, one chunk each time the wire has nothing else to do, so that small frames,
 * acknowledgements and signs of life pass between them and wait for one chunk at the most.
 */
export class ChunkSender {
  readonly #output: Output
  #queue: Large[] = []
  #streams = 0
  #scheduled = false

  constructor(output: Output) {
    this.#output = output
  }

  /** Frames that have not left altogether. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Announces a frame at once, so that it keeps its place among the others, and sends its bytes bit by bit. */
  send(head: MessageHead, frame: Frame, frameBytes: number): void {
    this.#streams = (this.#streams + 1) >>> 0
    const target = this.#output.begin(packet.first, 8 + messageHead)
    let at = target.writeUInt32BE(this.#streams, this.#output.at)
    at = target.writeUInt32BE(frameBytes, at)
    this.#output.end(writeHead(target, at, head))
    const header = encodeHeader(frame.header)
    this.#queue.push({ stream: this.#streams, header, body: frame.body.bytes(), sent: 0 })
    this.next()
  }

  /** Sends the next chunk, once the wire is free. */
  next(): void {
    if (this.#scheduled || this.#queue.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#output.idle) this.#chunk()
    })
  }

  #chunk(): void {
    const large = this.#queue[0]
    if (!large) return
    const { stream, header, body, sent } = large
    const bytes = header.length + body.length
    const end = Math.min(bytes, sent + chunkBytes)
    const target = this.#output.begin(packet.chunk, 4 + end - sent)
    let at = target.writeUInt32BE(stream, this.#output.at)
    at = copyPart(header, sent, end, target, at)
    at = copyPart(body, sent - header.length, end - header.length, target, at)
    this.#output.end(at)
    large.sent = end
    if (end === bytes) this.#queue.shift()
    // The output calls back when the chunk has left.
    this.#output.flush()
  }
}

/** Copies as much of a range as there is, and returns where it ends in the target. */
function copyPart(bytes: Uint8Array, from: number, to: number, target: Buffer, at: number): number {
  const part = bytes.subarray(Math.max(0, from), Math.max(0, to))
  target.set(part, at)
  return at + part.length
}
