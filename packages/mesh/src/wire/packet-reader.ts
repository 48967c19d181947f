import { meshError } from '../errors.ts'
import { maxHelloBytes, maxPacketBytes, packetHead } from './packet.ts'

/**
 * Cuts a stream of bytes into packets. A payload is a view of the chunk that it came in; only a packet that came in
 * pieces is put together. No more is kept than one packet, whose length is checked before anything is kept for it.
 */
export class PacketReader {
  readonly #onPacket: (kind: number, payload: Buffer) => void
  #limit = maxHelloBytes
  #pieces: Buffer[] = []
  #have = 0
  #need = packetHead

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
    let rest = chunk
    if (this.#have > 0) {
      this.#pieces.push(chunk)
      this.#have += chunk.length
      if (this.#have < this.#need) return
      rest = Buffer.concat(this.#pieces, this.#have)
      this.#pieces = []
      this.#have = 0
    }
    let at = 0
    while (rest.length - at >= packetHead) {
      const end = at + packetHead + this.#lengthAt(rest, at)
      if (end > rest.length) {
        this.#need = end - at
        break
      }
      this.#onPacket(rest[at + 4] as number, rest.subarray(at + packetHead, end))
      at = end
      this.#need = packetHead
    }
    if (at === rest.length) return
    // A copy: the rest of a packet should not keep a whole chunk alive.
    this.#pieces.push(at === 0 ? rest : Buffer.from(rest.subarray(at)))
    this.#have = rest.length - at
  }

  #lengthAt(bytes: Buffer, at: number): number {
    const length = bytes.readUInt32BE(at)
    if (length > this.#limit) {
      throw meshError('SM_MESH_PROTOCOL', `A packet claims ${length} bytes, where ${this.#limit} are allowed`)
    }
    return length
  }
}
