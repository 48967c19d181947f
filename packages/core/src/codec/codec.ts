import { smError } from '../errors/index.ts'
import { processWide } from '../kernel/index.ts'
import type { Json } from '../message/index.ts'

/** Turns JSON values into bytes. */
export interface Encoder {
  /** Media type of its bytes. */
  readonly contentType: string
  encode(value: Json): Uint8Array
}

/** Turns JSON values into bytes and back. */
export interface Codec extends Encoder {
  /** The name of it in a message definition: `json`. */
  readonly name: string
  /** Throws anything on malformed bytes; the caller makes it `SM_CODEC_MALFORMED`. Checks sizes before it allocates. */
  decode(bytes: Uint8Array): Json
}

/** Agents send JSON; only who reads a wire has to decode it. */
const jsonEncoder: Encoder = { contentType: 'application/json', encode: encodeJson }

export function encodeJson(value: Json): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8')
}

interface CodecTable {
  readonly byName: Map<string, Codec>
  readonly byContentType: Map<string, Codec>
}

// Two copies of this package in one process know the same codecs.
export const codecs = processWide<CodecTable>('codecs.1', () => ({ byName: new Map(), byContentType: new Map() }))

/** Makes a codec known to every agent of this process. A second registration under the same name replaces the first. */
export function registerCodec(codec: Codec): void {
  codecs.byName.set(codec.name, codec)
  codecs.byContentType.set(codec.contentType, codec)
}

/** The codecs that were found, by name. */
export function found<T>(codec: T | undefined, name: string): T {
  if (codec) return codec
  throw smError('SM_CODEC_UNKNOWN', `No codec is registered under the name ${JSON.stringify(name)}`)
}

/** How to send what a message definition names, JSON without any registration. Throws `SM_CODEC_UNKNOWN`. */
export function encoderNamed(name: string): Encoder {
  return found(codecs.byName.get(name) ?? (name === 'json' ? jsonEncoder : undefined), name)
}
