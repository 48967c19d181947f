import { smError } from '../errors/index.ts'
import { type Codec, codecs, found } from './codec.ts'
import { jsonCodec } from './json.ts'

/** The codec that a message definition names. Throws `SM_CODEC_UNKNOWN`. */
export function codecNamed(name: string): Codec {
  return found(codecs.byName.get(name) ?? (name === jsonCodec.name ? jsonCodec : undefined), name)
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
  const exact = codecs.byContentType.get(contentType)
  if (exact) return exact
  if (contentType === jsonCodec.contentType) return jsonCodec
  if (isJsonType(contentType)) return codecs.byContentType.get(jsonCodec.contentType) ?? jsonCodec
  const codec = codecs.byContentType.get(essenceOf(contentType))
  if (!codec)
    throw smError('SM_CODEC_UNKNOWN', `A body has the content type ${JSON.stringify(contentType.slice(0, 80))}`)
  return codec
}
