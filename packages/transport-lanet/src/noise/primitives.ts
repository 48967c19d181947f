import sodium from 'libsodium-wrappers'
import { lanetError } from '../errors.ts'

export const keyBytes = 32
export const hashBytes = 64
export const tagBytes = 16

/** The block of BLAKE2b, which HMAC is defined over. */
const blockBytes = 128

/** A pair of X25519 keys. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** Resolves when the functions of this file may be called. */
export function primitivesReady(): Promise<void> {
  return sodium.ready
}

export function generateKeyPair(): KeyPair {
  return toKeyPair(sodium.randombytes_buf(keyBytes))
}

export function randomKey(): Uint8Array {
  return sodium.randombytes_buf(keyBytes)
}

export function toKeyPair(privateKey: Uint8Array): KeyPair {
  return { privateKey, publicKey: sodium.crypto_scalarmult_base(privateKey) }
}

/** X25519. Throws `SM_LANET_HANDSHAKE` for a public key that yields nothing secret. */
export function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return sodium.crypto_scalarmult(privateKey, publicKey)
  } catch {
    throw lanetError('SM_LANET_HANDSHAKE', 'A peer sent a public key that yields no secret')
  }
}

/** BLAKE2b of what is given, one after the other. */
export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return sodium.crypto_generichash(hashBytes, Buffer.concat(parts), null)
}

/** A short BLAKE2b in hex, keyed where `key` is given: names a key without telling it. */
export function shortHash(text: Uint8Array, key: Uint8Array | null = null): string {
  return Buffer.from(sodium.crypto_generichash(16, text, key)).toString('hex')
}

/** HMAC (RFC 2104) over BLAKE2b; keys are never longer than a block here. */
function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const inner = new Uint8Array(blockBytes).fill(0x36)
  const outer = new Uint8Array(blockBytes).fill(0x5c)
  for (const [i, byte] of key.entries()) {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  return hash(outer, hash(inner, ...parts))
}

/** The HKDF of Noise: `count` outputs of a hash's length. */
export function hkdf(chainingKey: Uint8Array, material: Uint8Array, count: 2 | 3): readonly Uint8Array[] {
  const secret = hmac(chainingKey, material)
  const outputs: Uint8Array[] = []
  for (let i = 1; i <= count; i++) outputs.push(hmac(secret, outputs.at(-1) ?? new Uint8Array(0), Uint8Array.of(i)))
  sodium.memzero(secret)
  return outputs
}

/** Overwrites a secret that is no longer needed. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) sodium.memzero(secret)
}
