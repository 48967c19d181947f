import type { Body, Json, Payload } from '../message/index.ts'
import type { Encoder } from './codec.ts'

/** Media type of payloads that are bytes. */
export const bytesContentType = 'application/octet-stream'

/** A JSON value, encoded once, and not before somebody asks for its bytes. */
export class ValueBody implements Body {
  readonly #value: Json
  readonly #codec: Encoder
  #bytes: Uint8Array | undefined

  constructor(value: Json, codec: Encoder) {
    this.#value = value
    this.#codec = codec
  }

  get contentType(): string {
    return this.#codec.contentType
  }

  value(): Payload {
    return this.#value
  }

  bytes(): Uint8Array {
    this.#bytes ??= this.#codec.encode(this.#value)
    return this.#bytes
  }
}

class BytesBody implements Body {
  readonly contentType = bytesContentType
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  value(): Payload {
    return this.#bytes
  }

  bytes(): Uint8Array {
    return this.#bytes
  }
}

/** The body of a payload to be sent. It must be portable; see `toPortable`. */
export function toBody(payload: Payload, codec: Encoder): Body {
  return payload instanceof Uint8Array ? new BytesBody(payload) : new ValueBody(payload, codec)
}
