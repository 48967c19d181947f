import { meshError } from '../../errors.ts'
import { maxHelloBytes, maxPacketBytes, packetHead } from './packet.ts'

/**
 * Cuts a stream of bytes into packets. A payload is a view of the chunk that it came in; only a packet that came in
 * pieces is put together. No more is kept than one packet, whose length is checked before anything is kept for it.
 */
export class PacketReader {
  readonly #onPacket: (kind: number, payload: Buffer) => void
  #limit = maxHelloBytes
  /** The head of a packet of which no more has come. */
  readonly #head = Buffer.allocUnsafe(packetHead)
  /** A packet that has begun and not ended, with room for all of it. */
  #whole: Buffer | undefined
  #have = 0

  /** `onPacket` may throw: the rest of the chunk is then not read. */
  constructor(onPacket: (kind: number, payload: Buffer) => void) {
    this.#onPacket = onPacket
  }

  /** The handshake is done: packets may be as large as the protocol allows. */
  trust(): void {
    this.#limit = maxPacketBytes
  }

  /** Throws `SM_MESH_PROTOCOL`, or what `onPacket` throws. */
  read(chunk: Buffer): void {
    let at = this.#have === 0 ? 0 : this.#goOn(chunk)
    while (chunk.length - at >= packetHead) {
      const end = at + packetHead + this.#lengthAt(chunk, at)
      if (end > chunk.length) {
        this.#begin(end - at)
        break
      }
      this.#onPacket(chunk[at + 4] as number, chunk.subarray(at + packetHead, end))
      at = end
    }
    // A copy: the rest of a packet should not keep a whole chunk alive.
    if (at < chunk.length) this.#have += chunk.copy(this.#whole ?? this.#head, this.#have, at)
  }

  /** Adds to the packet that has begun, and hands it out once it is whole. Returns where it ends in the chunk. */
  #goOn(chunk: Buffer): number {
    let at = 0
    if (!this.#whole) {
      at = chunk.copy(this.#head, this.#have, 0, packetHead - this.#have)
      this.#have += at
      if (this.#have < packetHead) return at
      this.#begin(packetHead + this.#lengthAt(this.#head, 0))
    }
    const whole = this.#whole as unknown as Buffer
    const copied = chunk.copy(whole, this.#have, at)
    this.#have += copied
    if (this.#have < whole.length) return at + copied
    this.#whole = undefined
    this.#have = 0
    this.#onPacket(whole[4] as number, whole.subarray(packetHead))
    return at + copied
  }

  #begin(bytes: number): void {
    this.#whole = Buffer.allocUnsafe(bytes)
    this.#head.copy(this.#whole, 0, 0, this.#have)
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32BE(at)
    if (length > this.#limit) {
      throw meshError('SM_MESH_PROTOCOL', `A packet claims ${length} bytes, where ${this.#limit} are allowed`)
    }
    return length
  }
}
