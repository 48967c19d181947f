import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import sodium from 'libsodium-wrappers'
import { lanetError } from '../errors.ts'
import { keyBytes, tagBytes, wipe } from './primitives.ts'

const cipherName = 'chacha20-poly1305'
const cipherOptions = { authTagLength: tagBytes } as const

/** From this size on OpenSSL is faster than WebAssembly; below it, its start costs more than the work. Measured. */
const nativeBytes = 1_536

/** The nonce that rekeying uses: the last one, which no message can reach. */
const lastNonce = Buffer.from('00000000ffffffffffffffff', 'hex')

/**
 * ChaCha20-Poly1305 in one direction: a key, and a nonce that counts messages. The same bytes come out of libsodium and
 * of Node's own crypto; the faster for the size is taken.
 */
export class CipherState {
  #key: Uint8Array
  #keyObject: KeyObject | undefined
  readonly #nonce = Buffer.alloc(12)
  #count = 0

  /** The key is this object's from now on. */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** Encrypts into `target` at `at`, and returns where the tag ends. */
  sealInto(target: Buffer, at: number, plain: Uint8Array, associated: Uint8Array | null = null): number {
    const nonce = this.#nextNonce()
    const end = at + plain.length + tagBytes
    if (plain.length < nativeBytes) {
      target.set(sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plain, associated, null, nonce, this.#key), at)
      return end
    }
    const cipher = createCipheriv(cipherName, this.#native(), nonce, cipherOptions)
    if (associated) cipher.setAAD(associated, { plaintextLength: plain.length })
    target.set(cipher.update(plain), at)
    cipher.final()
    target.set(cipher.getAuthTag(), end - tagBytes)
    return end
  }

  seal(plain: Uint8Array, associated: Uint8Array | null = null): Buffer {
    const target = Buffer.allocUnsafe(plain.length + tagBytes)
    this.sealInto(target, 0, plain, associated)
    return target
  }

  /** Decrypts. Throws `SM_LANET_TAMPERED` for anything but the next message of the other side. */
  open(sealed: Buffer, associated: Uint8Array | null = null): Buffer {
    const end = sealed.length - tagBytes
    if (end < 0) throw tampered()
    const nonce = this.#nextNonce()
    try {
      if (end < nativeBytes) {
        const key = this.#key
        const plain = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, sealed, associated, nonce, key)
        return Buffer.from(plain.buffer, plain.byteOffset, plain.length)
      }
      const decipher = createDecipheriv(cipherName, this.#native(), nonce, cipherOptions)
      if (associated) decipher.setAAD(associated, { plaintextLength: end })
      decipher.setAuthTag(sealed.subarray(end))
      const plain = decipher.update(sealed.subarray(0, end))
      decipher.final()
      return plain
    } catch {
      throw tampered()
    }
  }

  /** As {@link seal}, without a copy: the text and its tag, apart. */
  sealApart(plain: Uint8Array): readonly [text: Buffer, tag: Buffer] {
    const cipher = createCipheriv(cipherName, this.#native(), this.#nextNonce(), cipherOptions)
    const text = cipher.update(plain)
    cipher.final()
    return [text, cipher.getAuthTag()]
  }

  /** As {@link open}, for a message that came in pieces. Nothing of it is handed out before all of it is proved. */
  openPieces(sealed: readonly Buffer[]): readonly Buffer[] {
    const last = sealed.at(-1)
    let end = -tagBytes
    for (const { length } of sealed) end += length
    if (sealed.length < 2 || !last || last.length < tagBytes || end < nativeBytes) {
      return [this.open(sealed.length === 1 && last ? last : Buffer.concat(sealed))]
    }
    const decipher = createDecipheriv(cipherName, this.#native(), this.#nextNonce(), cipherOptions)
    const textEnd = last.length - tagBytes
    decipher.setAuthTag(last.subarray(textEnd))
    const plain = sealed.map(piece => decipher.update(piece === last ? last.subarray(0, textEnd) : piece))
    try {
      decipher.final()
    } catch {
      throw tampered()
    }
    return plain
  }

  /** Goes on with a key that is made from this one, which cannot be found out from it. */
  rekey(): void {
    const zeros = new Uint8Array(keyBytes)
    const sealed = sodium.crypto_aead_chacha20poly1305_ietf_encrypt(zeros, null, null, lastNonce, this.#key)
    wipe(this.#key)
    this.#key = sealed.slice(0, keyBytes)
    this.#keyObject = undefined
    wipe(sealed)
  }

  /** Nothing more will be encrypted or decrypted. */
  end(): void {
    wipe(this.#key)
    this.#keyObject = undefined
  }

  #native(): KeyObject {
    this.#keyObject ??= createSecretKey(this.#key)
    return this.#keyObject
  }

  /** Four bytes of zero and the count, little-endian; 2⁵³ messages would take centuries. */
  #nextNonce(): Buffer {
    this.#nonce.writeUInt32LE(this.#count % 0x1_0000_0000, 4)
    this.#nonce.writeUInt32LE(Math.floor(this.#count / 0x1_0000_0000), 8)
    this.#count += 1
    return this.#nonce
  }
}

function tampered() {
  return lanetError('SM_LANET_TAMPERED', 'What came in is not what the other side sent next')
}
