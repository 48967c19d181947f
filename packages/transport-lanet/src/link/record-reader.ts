import { lanetError } from '../errors.ts'

/** Bytes before a record: its length, big-endian. */
export const recordHead = 2

/** Largest message of Noise. */
export const maxRecordBytes = 65_535

/** Cuts a stream of bytes into records. No more is kept than one record and the chunk in which it ends. */
export class RecordReader {
  #pieces: Buffer[] = []
  #at = 0
  #have = 0
  #need = recordHead

  push(chunk: Buffer): void {
    this.#pieces.push(chunk)
    this.#have += chunk.length
  }

  /** Bytes that have come in and are not read. */
  get waiting(): number {
    return this.#have
  }

  /** The next record, or undefined until the rest of it has come in. Throws `SM_LANET_HANDSHAKE` above `maxBytes`. */
  next(maxBytes = maxRecordBytes): Buffer | undefined {
    if (this.#have < this.#need) return undefined
    const bytes = this.#join()
    const length = bytes.readUInt16BE(this.#at)
    if (length > maxBytes) {
      throw lanetError('SM_LANET_HANDSHAKE', `A message of a handshake claims ${length} bytes, not ${maxBytes} at most`)
    }
    const end = this.#at + recordHead + length
    if (end > bytes.length) {
      this.#need = recordHead + length
      // A copy: the beginning of a record should not keep a whole chunk alive.
      this.#pieces = [Buffer.from(bytes.subarray(this.#at))]
      this.#at = 0
      return undefined
    }
    const record = bytes.subarray(this.#at + recordHead, end)
    this.#have = bytes.length - end
    this.#need = recordHead
    this.#at = end
    if (this.#have === 0) {
      this.#pieces = []
      this.#at = 0
    }
    return record
  }

  #join(): Buffer {
    if (this.#pieces.length > 1) {
      const [first, ...others] = this.#pieces as [Buffer, ...Buffer[]]
      this.#pieces = [Buffer.concat([first.subarray(this.#at), ...others], this.#have)]
      this.#at = 0
    }
    return this.#pieces[0] as Buffer
  }
}
