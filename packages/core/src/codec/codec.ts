import { smError } from '../errors/index.ts'
import type { Json } from '../message/index.ts'

/** Turns JSON values into bytes and back. */
export interface Codec {
  /** What a message definition calls it: `json`. */
  readonly name: string
  /** Media type of its bytes. */
  readonly contentType: string
  encode(value: Json): Uint8Array
  /** Throws anything on malformed bytes; the caller makes it `SM_CODEC_MALFORMED`. Checks sizes before it allocates. */
  decode(bytes: Uint8Array): Json
}

interface CodecTable {
  readonly byName: Map<string, Codec>
  readonly byContentType: Map<string, Codec>
}

// On the global symbol registry, so that two copies of this package in one process know the same codecs.
const key = Symbol.for('@sm/core.codecs.1')
const holder = globalThis as { [key]?: CodecTable }
holder[key] ??= { byName: new Map(), byContentType: new Map() }
const table: CodecTable = holder[key]

/** Makes a codec known to every agent of this process. A second registration under the same name replaces the first. */
export function registerCodec(codec: Codec): void {
  table.byName.set(codec.name, codec)
  table.byContentType.set(codec.contentType, codec)
}

/** The codec that a message definition names. Throws `SM_CODEC_UNKNOWN`. */
export function codecNamed(name: string): Codec {
  const codec = table.byName.get(name)
  if (!codec) throw smError('SM_CODEC_UNKNOWN', `No codec is registered under the name ${JSON.stringify(name)}`)
  return codec
}

/** A media type without its parameters. */
function essenceOf(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** True for a media type whose bytes are JSON text: `application/json`, `text/json`, `…+json`. */
export function isJsonType(contentType: string): boolean {
  return contentType === 'application/json' || /[+/]json$/.test(essenceOf(contentType))
}

/** The codec for a media type, its parameters aside; `…+json` counts as JSON. Throws `SM_CODEC_UNKNOWN`. */
export function codecFor(contentType: string): Codec {
  const exact = table.byContentType.get(contentType)
  if (exact) return exact
  const codec = table.byContentType.get(isJsonType(contentType) ? 'application/json' : essenceOf(contentType))
  if (!codec)
    throw smError('SM_CODEC_UNKNOWN', `A body has the content type ${JSON.stringify(contentType.slice(0, 80))}`)
  return codec
}
