import { decodeFrame, type Frame, smError } from '@sm/core/transport'
import { meshError } from '../../errors.ts'
import { chunkBytes } from '../packets/packet.ts'

/** Takes a large frame once it is whole, or the error that makes it unreadable, or nothing when the link has ended. */
type Take = (frame: Frame | undefined, error: unknown) => void

interface Stream {
  readonly bytes: number
  /** Undefined when nobody wants it: its bytes are not kept. */
  readonly take: Take | undefined
  /** Made when the first bytes come: an announcement alone costs nothing. */
  buffer: Buffer | undefined
  have: number
}

/** Most large frames of one link that come in at once. */
const maxStreams = 4_096

/** Puts large frames together from their chunks. */
export class Assembler {
  readonly #maxFrameBytes: number
  readonly #streams = new Map<number, Stream>()

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** A frame of `bytes` is going to come. Throws `SM_FRAME_TOO_LARGE`, `SM_MESH_PROTOCOL` or `SM_MESH_LIMIT`. */
  expect(stream: number, bytes: number, takerOf: () => Take | undefined): void {
    if (bytes > this.#maxFrameBytes) {
      throw smError(
        'SM_FRAME_TOO_LARGE',
        `A peer announced a frame of ${bytes} bytes, where ${this.#maxFrameBytes} are allowed`,
      )
    }
    if (bytes <= chunkBytes || this.#streams.has(stream)) {
      throw meshError('SM_MESH_PROTOCOL', `The announcement of stream ${stream} with ${bytes} bytes makes no sense`)
    }
    if (this.#streams.size === maxStreams)
      throw meshError('SM_MESH_LIMIT', `${maxStreams} large frames come in at once`)
    this.#streams.set(stream, { bytes, take: takerOf(), buffer: undefined, have: 0 })
  }

  /** Bytes of a frame. Throws `SM_MESH_PROTOCOL` for a stream that was not announced or is longer than announced. */
  chunk(payload: Buffer): void {
    if (payload.length < 5) throw meshError('SM_MESH_PROTOCOL', 'A chunk is empty')
    const number = payload.readUInt32BE(0)
    const stream = this.#streams.get(number)
    if (!stream) throw meshError('SM_MESH_PROTOCOL', `A chunk belongs to stream ${number}, which nobody announced`)
    const end = stream.have + payload.length - 4
    if (end > stream.bytes) throw meshError('SM_MESH_PROTOCOL', `Stream ${number} is longer than announced`)
    if (stream.take) {
      stream.buffer ??= Buffer.allocUnsafeSlow(stream.bytes)
      payload.copy(stream.buffer, stream.have, 4)
    }
    stream.have = end
    if (end < stream.bytes) return
    this.#streams.delete(number)
    finish(stream)
  }

  /** The rest will never come. */
  close(): void {
    const streams = [...this.#streams.values()]
    this.#streams.clear()
    for (const { take } of streams) take?.(undefined, undefined)
  }
}

function finish({ take, buffer }: Stream): void {
  if (!take) return
  let frame: Frame
  try {
    frame = decodeFrame(buffer as Buffer)
  } catch (error) {
    take(undefined, error)
    return
  }
  take(frame, undefined)
}
