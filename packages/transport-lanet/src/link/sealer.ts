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

/** What a record adds to the bytes that it carries. */
const overhead = recordHead + tagBytes

const nothing = new Uint8Array(0)

/** Size of the buffer that is used again: a full write of the mesh, which goes as two records, and an empty one. */
const bufferBytes = 69_632

/** Below it a buffer costs nothing: a link that has little to say keeps none. */
const smallBytes = 4_096

/**
 * Makes records of what is written, each write in one go. An empty record tells the other side that the next one comes
 * with a new key.
 */
export class Sealer {
  readonly #cipher: CipherState
  readonly #clock: Clock
  readonly #rekey: RekeyOptions
  #buffer: Buffer | undefined
  #bytes = 0
  #since: number

  constructor(cipher: CipherState, clock: Clock, rekey: RekeyOptions) {
    this.#cipher = cipher
    this.#clock = clock
    this.#rekey = rekey
    this.#since = clock.now()
  }

  /** The records of one write, in a buffer that is the caller's until it gives it back to {@link reuse}. */
  seal(plain: Uint8Array): Buffer {
    const records = 1 + Math.ceil(plain.length / maxPlainBytes)
    const target = this.#take(plain.length + records * overhead)
    let end = this.#due() ? this.#changeKey(target) : 0
    for (let at = 0; at < plain.length; at += maxPlainBytes) {
      const part = plain.subarray(at, Math.min(plain.length, at + maxPlainBytes))
      target.writeUInt16BE(part.length + tagBytes, end)
      end = this.#cipher.sealInto(target, end + recordHead, part)
    }
    this.#bytes += plain.length
    return target.subarray(0, end)
  }

  /** The wire has taken what {@link seal} returned. */
  reuse(sealed: Buffer): void {
    if (sealed.buffer.byteLength === bufferBytes) this.#buffer = Buffer.from(sealed.buffer)
  }

  /** Forgets the key. */
  end(): void {
    this.#cipher.end()
  }

  #take(bytes: number): Buffer {
    if (bytes < smallBytes) return Buffer.allocUnsafe(bytes)
    if (bytes > bufferBytes) return Buffer.allocUnsafeSlow(bytes)
    const buffer = this.#buffer ?? Buffer.allocUnsafeSlow(bufferBytes)
    this.#buffer = undefined
    return buffer
  }

  #due(): boolean {
    const { rekeyBytes, rekeyMs } = this.#rekey
    return this.#bytes >= rekeyBytes || (this.#bytes > 0 && this.#clock.now() - this.#since >= rekeyMs)
  }

  #changeKey(target: Buffer): number {
    target.writeUInt16BE(tagBytes, 0)
    const end = this.#cipher.sealInto(target, recordHead, nothing)
    this.#cipher.rekey()
    this.#bytes = 0
    this.#since = this.#clock.now()
    return end
  }
}
