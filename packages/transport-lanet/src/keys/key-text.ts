import { lanetError } from '../errors.ts'
import { keyBytes } from '../noise/primitives.ts'

const KEY = /^[A-Za-z0-9+/_-]{43}=?$/

/** Reads 32 bytes in base64 or base64url. `what` names the key in the error, which never tells the text: `SM_LANET_KEY`. */
export function parseKey(text: unknown, what: string): Buffer {
  if (typeof text === 'string' && KEY.test(text)) {
    const key = Buffer.from(text, 'base64')
    // A last letter that has more bits than the key would stand for several keys.
    if (key.length === keyBytes && formatKey(key) === text.slice(0, 43).replaceAll('+', '-').replaceAll('/', '_'))
      return key
  }
  throw lanetError('SM_LANET_KEY', `${what} is not 32 bytes in base64`)
}

/** The text that stands for a key: base64url, 43 characters. */
export function formatKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64url')
}
