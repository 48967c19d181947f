import { describeThrown, isSmError, smError } from '../errors/index.ts'
import { type Body, freezesPayloads, type Header, type Json, type Payload } from '../message/index.ts'
import { bytesContentType, ValueBody } from './body.ts'
import { codecFor } from './find-codec.ts'
import { checkReceived } from './received-value.ts'

/** Wires hand over Buffers, memory does not: the same bytes as what a handler gets either way. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes
}

class ReceivedBody implements Body {
  readonly contentType: string
  readonly #bytes: Uint8Array
  #value: Payload | undefined

  constructor(bytes: Uint8Array, contentType: string) {
    this.#bytes = bytes
    this.contentType = contentType
  }

  value(): Payload {
    if (this.#value === undefined) this.#value = this.#decode()
    return this.#value
  }

  bytes(): Uint8Array {
    return this.#bytes
  }

  #decode(): Payload {
    if (this.contentType === bytesContentType) return plainBytes(this.#bytes)
    const codec = codecFor(this.contentType)
    try {
      const value = codec.decode(this.#bytes)
      checkReceived(value, freezesPayloads)
      return value
    } catch (cause) {
      if (isSmError(cause)) throw cause
      const what = `A body of ${this.#bytes.length} bytes is not ${this.contentType} (${describeThrown(cause)})`
      throw smError('SM_CODEC_MALFORMED', what, { cause })
    }
  }
}

/** The body of bytes that came off a wire. They must not change afterwards. */
export function fromBytes(bytes: Uint8Array, contentType: string): Body {
  return new ReceivedBody(bytes, contentType)
}

/** The body of a JSON value that came in as part of a larger document. Throws a TypeError when it is no legal payload. */
export function fromValue(value: Json, contentType: string): Body {
  checkReceived(value, freezesPayloads)
  const codec = codecFor(contentType)
  return new ValueBody(value, codec.contentType === contentType ? codec : { ...codec, contentType })
}

/**
 * The body that came with a header. One that was compressed or encrypted is bytes, whatever is within; who undoes that
 * makes another body of `header.contentType`.
 */
export function receivedBody(header: Header, bytes: Uint8Array): Body {
  return fromBytes(bytes, header.encodings === undefined ? header.contentType : bytesContentType)
}
