import { shortHash } from '../noise/primitives.ts'
import { formatKey, parseKey } from './key-text.ts'

/**
 * The public keys of the machines that are trusted, which may change while agents run: a key that is revoked has its links
 * closed at once. Keys are 32 bytes in base64; see `lanetPublicKey`. Throws `SM_LANET_KEY` for anything else.
 *
 * @example
 * const machines = new TrustedKeys([keyOfMill])
 * await createAgent('press', { transports: { lanet: { publicKeys: machines } } })
 * machines.allow(keyOfSaw)
 * machines.revoke(keyOfMill)
 */
export class TrustedKeys {
  readonly #keys = new Set<string>()
  readonly #listeners = new Set<() => void>()

  constructor(publicKeys: Iterable<string> = []) {
    for (const key of publicKeys) this.#keys.add(canonical(key))
  }

  /** Whether a key is trusted. */
  has(publicKey: string): boolean {
    return this.#keys.has(canonical(publicKey))
  }

  /** Trusts a key from now on. */
  allow(publicKey: string): void {
    this.#keys.add(canonical(publicKey))
    this.#tell()
  }

  /** Trusts a key no longer: its links are closed when this returns. */
  revoke(publicKey: string): void {
    this.#keys.delete(canonical(publicKey))
    this.#tell()
  }

  /** Whether one of the keys has this fingerprint, which is how discovery tells of them. */
  hasFingerprint(fingerprint: string): boolean {
    return [...this.#keys].some(key => fingerprintOf(parseKey(key, 'A public key')) === fingerprint)
  }

  /** Calls `listener` after each change, until the function that it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Names a public key, short enough for people and for discovery. */
export function fingerprintOf(publicKey: Uint8Array): string {
  return shortHash(publicKey)
}

function canonical(publicKey: string): string {
  return formatKey(parseKey(publicKey, 'A public key'))
}
