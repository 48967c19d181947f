import { isUtf8 } from 'node:buffer'
import type { Json } from '../message/index.ts'
import { type Codec, encodeJson } from './codec.ts'

/** The text of UTF-8 bytes. Throws on bytes that are not UTF-8, instead of putting other characters in their place. */
export function utf8Text(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  if (text.includes('\uFFFD') && !isUtf8(bytes)) throw new SyntaxError('not UTF-8')
  return text
}

const PROTO_KEY =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/

/** JSON from outside. Refuses the key `__proto__`, which is data here and a prototype once somebody merges it. */
export function parseJson(text: string): Json {
  if ((text.includes('__proto__') || text.includes('\\u00')) && PROTO_KEY.test(text)) {
    throw new SyntaxError('a "__proto__" key')
  }
  try {
    return JSON.parse(text) as Json
  } catch {
    // Its own message quotes the text, and no error of ours shows a payload.
    throw new SyntaxError('not JSON')
  }
}

/** JSON as UTF-8. It is known without being registered. */
export const jsonCodec: Codec = {
  name: 'json',
  contentType: 'application/json',
  encode: encodeJson,
  decode: bytes => parseJson(utf8Text(bytes)),
}
