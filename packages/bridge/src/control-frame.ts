import { type Clock, type Frame, type Ids, type Json, jsonCodec, toBody } from '@sm/core/transport'

/** What a frame of the library's own is made of. */
export interface ControlMessage {
  readonly type: string
  readonly payload: Json
  readonly to: string | undefined
  readonly correlationId: string | undefined
}

/** Makes frames of the library's own, which a bridge speaks with: errors for those who asked, and words to its other instances. */
export class ControlFrames {
  readonly #from: string
  readonly #clock: Clock
  readonly #ids: Ids

  constructor(from: string, clock: Clock, ids: Ids) {
    this.#from = from
    this.#clock = clock
    this.#ids = ids
  }

  make({ type, payload, to, correlationId }: ControlMessage): Frame {
    const time = this.#clock.now()
    const body = toBody(payload, jsonCodec)
    const header = {
      id: this.#ids.next(time),
      type,
      version: 1,
      from: this.#from,
      to,
      replyTo: undefined,
      correlationId,
      causationId: correlationId,
      time,
      expiresAt: undefined,
      key: undefined,
      delivery: 'at-most-once',
      contentType: body.contentType,
      encodings: undefined,
      traceparent: undefined,
      tracestate: undefined,
      extensions: undefined,
    } as const
    return { header, body }
  }
}
