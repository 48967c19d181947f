import { CipherState } from './cipher-state.ts'
import { hash, hashBytes, hkdf, keyBytes, wipe } from './primitives.ts'

/** The state that both sides of a handshake share so far: the hash of all that was said, and the keys made from it. */
export class SymmetricState {
  #chainingKey: Uint8Array
  #hash: Uint8Array
  #cipher: CipherState | undefined

  constructor(protocolName: string) {
    const name = Buffer.from(protocolName, 'ascii')
    this.#hash = name.length <= hashBytes ? Buffer.concat([name], hashBytes) : hash(name)
    this.#chainingKey = Uint8Array.from(this.#hash)
  }

  mixHash(data: Uint8Array): void {
    this.#hash = hash(this.#hash, data)
  }

  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = hkdf(this.#chainingKey, material, 2) as [Uint8Array, Uint8Array]
    this.#advance(chainingKey, key)
  }

  /** Mixes a key in that both sides had before. */
  mixKeyAndHash(material: Uint8Array): void {
    const [chainingKey, extra, key] = hkdf(this.#chainingKey, material, 3) as [Uint8Array, Uint8Array, Uint8Array]
    this.mixHash(extra)
    this.#advance(chainingKey, key)
  }

  /** Encrypts as soon as there is a key. */
  encryptAndHash(plain: Uint8Array): Uint8Array {
    const said = this.#cipher ? this.#cipher.seal(plain, this.#hash) : plain
    this.mixHash(said)
    return said
  }

  /** Throws `SM_LANET_TAMPERED`. */
  decryptAndHash(said: Buffer): Buffer {
    const plain = this.#cipher ? this.#cipher.open(said, this.#hash) : said
    this.mixHash(said)
    return plain
  }

  /** The ciphers of the two directions: from the initiator, and from the responder. Nothing else is to be done after it. */
  split(): readonly [CipherState, CipherState] {
    const [first, second] = hkdf(this.#chainingKey, new Uint8Array(0), 2) as [Uint8Array, Uint8Array]
    wipe(this.#chainingKey)
    this.#cipher?.end()
    return [new CipherState(first.slice(0, keyBytes)), new CipherState(second.slice(0, keyBytes))]
  }

  #advance(chainingKey: Uint8Array, key: Uint8Array): void {
    this.#chainingKey = chainingKey
    this.#cipher?.end()
    this.#cipher = new CipherState(key.slice(0, keyBytes))
  }
}
