import type { Body, Frame } from './frame.ts'
import type { Header } from './header.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'

/**
 * A frame that was made in this process, with what its schema made of the payload. A transport that hands over the
 * frame itself spares the receiver a second validation; one with a wire loses it, and the receiver validates.
 */
export class LocalFrame implements Frame {
  readonly header: Header
  readonly body: Body
  readonly schema: StandardSchemaV1 | undefined
  readonly output: unknown
  /** When it was made, by `Clock.elapsed`; 0 for one that never expires. */
  readonly madeAt: number

  constructor(header: Header, body: Body, schema: StandardSchemaV1 | undefined, output: unknown, madeAt: number) {
    this.header = header
    this.body = body
    this.schema = schema
    this.output = output
    this.madeAt = madeAt
  }
}
