import type { Clock } from '@sm/core/transport'
import type { CipherState } from '../noise/cipher-state.ts'
import { tagBytes } from '../noise/primitives.ts'
import { maxRecordBytes, recordHead } from './record-reader.ts'

/** When a direction goes on with a new key. */
export interface RekeyOptions {
  /** After so many bytes. */
  readonly rekeyBytes: number
  /** After so many milliseconds, with the next thing that is sent. */
  readonly rekeyMs: number
}

/** Largest part of a write that goes as one record. */
const maxPlainBytes = maxRecordBytes - tagBytes

/** The bytes that a record adds to those that it carries. */
const overhead = recordHead + tagBytes

const nothing = new Uint8Array(0)

/** From this size on a part is not copied once more to be behind its length. */
const apartBytes = 4_096

/**
 * Makes records of what is written, each write in one go. An empty record tells the other side that the next one comes
 * with a new key.
 */
export class Sealer {
  readonly #cipher: CipherState
  readonly #clock: Clock
  readonly #rekey: RekeyOptions
  #bytes = 0
  #since: number

  constructor(cipher: CipherState, clock: Clock, rekey: RekeyOptions) {
    this.#cipher = cipher
    this.#clock = clock
    this.#rekey = rekey
    this.#since = clock.elapsed()
  }

  /** The records of one write, in pieces: one after the other they are what goes over the wire. */
  seal(plain: Uint8Array): readonly Buffer[] {
    const sealed = this.#due() ? [this.#changeKey()] : []
    for (let at = 0; at < plain.length; at += maxPlainBytes) {
      const part = plain.subarray(at, Math.min(plain.length, at + maxPlainBytes))
      if (part.length < apartBytes) sealed.push(this.#record(part))
      else sealed.push(headOf(part), ...this.#cipher.sealApart(part))
    }
    this.#bytes += plain.length
    return sealed
  }

  /** Forgets the key. */
  end(): void {
    this.#cipher.end()
  }

  #record(plain: Uint8Array): Buffer {
    const record = Buffer.allocUnsafe(plain.length + overhead)
    record.writeUInt16BE(plain.length + tagBytes, 0)
    this.#cipher.sealInto(record, recordHead, plain)
    return record
  }

  #due(): boolean {
    const { rekeyBytes, rekeyMs } = this.#rekey
    return this.#bytes >= rekeyBytes || (this.#bytes > 0 && this.#clock.elapsed() - this.#since >= rekeyMs)
  }

  #changeKey(): Buffer {
    const record = this.#record(nothing)
    this.#cipher.rekey()
    this.#bytes = 0
    this.#since = this.#clock.elapsed()
    return record
  }
}

function headOf(plain: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(recordHead)
  head.writeUInt16BE(plain.length + tagBytes, 0)
  return head
}
