import { encodeFrame, type Frame } from '@sm/core/transport'
import type { Output } from '../packets/output.ts'
import { chunkBytes, messageHead, packet } from '../packets/packet.ts'
import { type MessageHead, writeHead } from '../packets/packet-writer.ts'

interface Large {
  readonly stream: number
  readonly bytes: Uint8Array
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
    this.#queue.push({ stream: this.#streams, bytes: encodeFrame(frame), sent: 0 })
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
    const { stream, bytes, sent } = large
    const end = Math.min(bytes.length, sent + chunkBytes)
    const target = this.#output.begin(packet.chunk, 4 + end - sent)
    const at = target.writeUInt32BE(stream, this.#output.at)
    target.set(bytes.subarray(sent, end), at)
    this.#output.end(at + end - sent)
    large.sent = end
    if (end === bytes.length) this.#queue.shift()
    // The output calls back when the chunk has left.
    this.#output.flush()
  }
}
