import type { Header } from './header.ts'

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** The payload of a message: a JSON value or bytes. */
export type Payload = Json | Uint8Array

/**
 * The payload of a frame, encoded no earlier and no oftener than needed: bytes are made once, on the first wire that
 * asks, and kept; a value is decoded once, by the first reader that asks. Both forms are read-only and shared.
 */
export interface Body {
  /** Media type of `bytes()`. */
  readonly contentType: string
  /** The payload. Throws `SM_CODEC_MALFORMED` or `SM_CODEC_UNKNOWN` when the bytes it came in cannot be read. */
  value(): Payload
  /** The payload as bytes of `contentType`. */
  bytes(): Uint8Array
}

/** The unit that a transport carries. It never sees a message definition. */
export interface Frame {
  readonly header: Header
  readonly body: Body
}
