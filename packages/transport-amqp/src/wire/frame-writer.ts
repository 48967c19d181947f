import type { Duplex } from 'node:stream'
import type { ChannelModel } from 'amqplib'
import type { EventMessage } from './event-message.ts'
import { mostHeaderBytes } from './header-bound.ts'
import { writeShort } from './short-text.ts'

/** Parts of amqplib that are not of its public interface: without them all works, only slower. */
interface Inner {
  readonly stream?: Duplex
  readonly frameMax?: number
  sentSinceLastCheck?: boolean
}

/** Bytes that are collected before they are written, and the largest body that is copied among them. */
const chunkBytes = 65_536
const copiedBytes = 16_384
/** A frame begins with its type, channel and size, and ends with one byte. */
const headBytes = 7
const frameEnd = 0xce
/** basic, publish. */
const classId = 60
const methodId = 40

/**
 * Writes publishes of one connection straight into buffers that leave once in a turn: amqplib would build several buffers for
 * each message, and pass them through two streams.
 */
export class FrameWriter {
  readonly #inner: Inner
  readonly #stream: Duplex
  readonly #frameMax: number
  readonly #drained: Array<() => void> = []
  #chunk = Buffer.allocUnsafeSlow(chunkBytes)
  /** The bytes of the chunk that are written, and those that have left. */
  #end = 0
  #start = 0
  #isScheduled = false
  #isFull = false

  private constructor(inner: Inner, stream: Duplex, frameMax: number) {
    this.#inner = inner
    this.#stream = stream
    this.#frameMax = frameMax
    stream.on('drain', () => {
      this.#isFull = false
      for (const tell of this.#drained) tell()
    })
  }

  /** The writer of a connection. Throws a TypeError where amqplib has changed inside. */
  static of(model: ChannelModel): FrameWriter {
    const inner = model.connection as unknown as Inner
    const { stream, frameMax } = inner
    if (typeof stream?.write !== 'function' || typeof frameMax !== 'number') {
      throw new TypeError('This version of amqplib is not the one that the transport "amqp" was made for')
    }
    return new FrameWriter(inner, stream, frameMax)
  }

  /** The largest frame that the server takes, in bytes. */
  get frameMax(): number {
    return this.#frameMax
  }

  /** Whether it wants no more before the socket has drained. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** `tell` is called whenever there is room again. */
  onDrain(tell: () => void): void {
    this.#drained.push(tell)
  }

  /** Writes a message on a channel. Throws a RangeError, and writes nothing, when its header does not fit into a frame. */
  publish(channel: number, { exchange, key, mandatory, properties, content }: EventMessage): void {
    this.#reserve(properties.size + 3 * (exchange.length + key.length) + 64 + Math.min(content.length, copiedBytes))
    const chunk = this.#chunk
    const from = this.#end
    let at = this.#begin(1, channel, from)
    at = chunk.writeUInt16BE(classId, at)
    at = chunk.writeUInt16BE(methodId, at)
    at = chunk.writeUInt16BE(0, at)
    at = writeShort(chunk, exchange, at)
    at = writeShort(chunk, key, at)
    chunk[at++] = mandatory ? 1 : 0
    const header = this.#finish(from, at)
    at = this.#begin(2, channel, header)
    at = chunk.writeUInt16BE(classId, at)
    at = chunk.writeUInt16BE(0, at)
    at = chunk.writeUInt32BE(0, at)
    at = chunk.writeUInt32BE(content.length, at)
    at = properties.write(chunk, at)
    // A larger one could not be published once more when the frame comes back.
    if (at - header > mostHeaderBytes(this.#frameMax)) throw new RangeError('The header does not fit into a frame')
    this.#end = this.#finish(header, at)
    this.#body(channel, content)
    if (this.#end - this.#start >= chunkBytes / 2) this.#flush()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      process.nextTick(() => this.#flush())
    }
  }

  #body(channel: number, content: Buffer): void {
    const most = this.#frameMax - headBytes - 1
    for (let from = 0; from < content.length; from += most) {
      const part = content.length <= most ? content : content.subarray(from, from + most)
      const head = this.#end
      let at = this.#begin(3, channel, head)
      this.#chunk.writeUInt32BE(part.length, head + 3)
      if (part.length <= copiedBytes) at += part.copy(this.#chunk, at)
      else {
        // Not copied, but written as it is between two pieces of the chunk.
        this.#end = at
        this.#flush()
        this.#write(part)
        this.#reserve(headBytes + copiedBytes + 1)
        at = this.#end
      }
      this.#chunk[at++] = frameEnd
      this.#end = at
      this.#reserve(headBytes + copiedBytes + 1)
    }
  }

  #begin(type: number, channel: number, at: number): number {
    const chunk = this.#chunk
    chunk[at] = type
    chunk.writeUInt16BE(channel, at + 1)
    return at + headBytes
  }

  #finish(from: number, at: number): number {
    this.#chunk.writeUInt32BE(at - from - headBytes, from + 3)
    this.#chunk[at] = frameEnd
    return at + 1
  }

  /** Makes room in the chunk. What has been written stays where it is until the socket has it. */
  #reserve(bytes: number): void {
    if (this.#chunk.length - this.#end >= bytes) return
    this.#flush()
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes))
    this.#start = 0
    this.#end = 0
  }

  #flush(): void {
    this.#isScheduled = false
    if (this.#end === this.#start) return
    this.#write(this.#chunk.subarray(this.#start, this.#end))
    this.#start = this.#end
  }

  #write(bytes: Buffer): void {
    // A connection that is gone says so itself.
    if (this.#stream.writableEnded || this.#stream.destroyed) return
    // amqplib sends heartbeats only when nothing else is sent.
    this.#inner.sentSinceLastCheck = true
    if (!this.#stream.write(bytes)) this.#isFull = true
  }
}
