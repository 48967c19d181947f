import { lanetError } from '../errors.ts'

/** Bytes before a record: its length, big-endian. */
export const recordHead = 2

/** Largest message of Noise. */
export const maxRecordBytes = 65_535

/** More chunks than this are joined: a record that comes in crumbs should not take more room than its bytes. */
const maxChunks = 64

/** Cuts a stream of bytes into records. No more is kept than one record and the chunks in which it begins and ends. */
export class RecordReader {
  #chunks: Buffer[] = []
  /** The bytes of the first chunk that have been read. */
  #at = 0
  #have = 0
  /** Length of the record that has begun. */
  #length: number | undefined

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#have += chunk.length
    if (this.#chunks.length > maxChunks) this.#join()
  }

  /** Bytes that have come in and are not read. */
  get waiting(): number {
    return this.#have + (this.#length === undefined ? 0 : recordHead)
  }

  /** The next record, or undefined until the rest of it has come in. Throws `SM_LANET_HANDSHAKE` above `maxBytes`. */
  next(maxBytes = maxRecordBytes): Buffer | undefined {
    const pieces = this.nextPieces(maxBytes)
    return pieces && Buffer.concat(pieces)
  }

  /** As {@link next}, in the pieces in which it came: views of the chunks. */
  nextPieces(maxBytes = maxRecordBytes): readonly Buffer[] | undefined {
    if (this.#length === undefined) {
      if (this.#have < recordHead) return undefined
      this.#length = this.#byte() * 0x100 + this.#byte()
    }
    const length = this.#length
    if (length > maxBytes) {
      throw lanetError('SM_LANET_HANDSHAKE', `A message of a handshake claims ${length} bytes, not ${maxBytes} at most`)
    }
    if (this.#have < length) return undefined
    this.#length = undefined
    return this.#take(length)
  }

  #byte(): number {
    const chunk = this.#chunks[0] as Buffer
    const byte = chunk[this.#at] as number
    this.#advance(chunk, 1)
    return byte
  }

  #join(): void {
    const bytes = this.#have
    this.#chunks = [Buffer.concat(this.#take(bytes))]
    this.#have = bytes
  }

  /** So many of the bytes that are there. */
  #take(bytes: number): Buffer[] {
    const pieces: Buffer[] = []
    for (let left = bytes; left > 0; ) {
      const chunk = this.#chunks[0] as Buffer
      const piece = chunk.subarray(this.#at, this.#at + left)
      pieces.push(piece)
      left -= piece.length
      this.#advance(chunk, piece.length)
    }
    return pieces
  }

  #advance(chunk: Buffer, bytes: number): void {
    this.#have -= bytes
    this.#at += bytes
    if (this.#at < chunk.length) return
    this.#chunks.shift()
    this.#at = 0
  }
}
