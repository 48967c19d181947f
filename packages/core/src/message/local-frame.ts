import type { Body, Frame } from './frame.ts'
import type { Header } from './header.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'

/** A payload that a schema has looked at in this process. */
export interface CheckedBody extends Body {
  /** Undefined for a payload of the library's own. */
  readonly schema: StandardSchemaV1 | undefined
  /** What the schema made of the payload. */
  readonly output: unknown
  /** The payload is no value at all, as the reply of a handler that returns nothing. It travels as null with a mark. */
  readonly isVoid: boolean
}

/** Whoever awaits the reply to a request that was made in this process. */
export interface Asker {
  /** Takes the reply. Nothing is thrown, and a reply that comes too late does no harm. */
  answer(reply: CheckedBody): void
}

/**
 * A frame that was made in this process, with what its schema made of the payload. A transport that hands over the
 * frame itself spares the receiver a second validation, and a reply its way; one with a wire loses both: the receiver
 * validates, and the reply is a message.
 */
export class LocalFrame implements Frame {
  readonly header: Header
  readonly body: CheckedBody
  /** When it was made, by `Clock.elapsed`; 0 for one that never expires. */
  readonly madeAt: number
  /** Set for a request before it is published. */
  asker: Asker | undefined = undefined

  constructor(header: Header, body: CheckedBody, madeAt: number) {
    this.header = header
    this.body = body
    this.madeAt = madeAt
  }
}
