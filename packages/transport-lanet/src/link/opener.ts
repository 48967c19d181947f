import { lanetError } from '../errors.ts'
import type { CipherState } from '../noise/cipher-state.ts'
import type { RecordReader } from './record-reader.ts'

/** Reads the records that a `Sealer` at the other side made. */
export class Opener {
  readonly #cipher: CipherState
  readonly #reader: RecordReader
  #fresh = true

  /** `reader` may hold bytes that came in with the end of the handshake. */
  constructor(cipher: CipherState, reader: RecordReader) {
    this.#cipher = cipher
    this.#reader = reader
  }

  /** Whether a record has begun and not ended. */
  get midway(): boolean {
    return this.#reader.waiting > 0
  }

  /** Hands over what is in the records that are whole. Throws `SM_LANET_TAMPERED`. */
  read(chunk: Buffer | undefined, onPlain: (plain: Buffer) => void): void {
    if (chunk) this.#reader.push(chunk)
    for (let record = this.#reader.nextPieces(); record; record = this.#reader.nextPieces()) {
      const plain = this.#cipher.openPieces(record)
      const isEmpty = plain.every(({ length }) => length === 0)
      if (isEmpty) this.#changeKey()
      else plain.forEach(onPlain)
      this.#fresh = isEmpty
    }
  }

  /** Forgets the key. */
  end(): void {
    this.#cipher.end()
  }

  #changeKey(): void {
    if (this.#fresh) throw lanetError('SM_LANET_TAMPERED', 'A peer changes its key without having used it')
    this.#cipher.rekey()
  }
}
