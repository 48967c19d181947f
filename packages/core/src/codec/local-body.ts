import { isPromise, type MaybePromise } from '../kernel/index.ts'
import {
  type CheckedBody,
  freezesPayloads,
  isSamePayload,
  type Json,
  type Payload,
  type StandardSchemaV1,
  toPortable,
  validate,
} from '../message/index.ts'
import { bytesContentType } from './body.ts'
import type { Encoder } from './codec.ts'

type Schema = StandardSchemaV1<unknown, unknown>

/** The body of a payload that a schema has looked at in this process. */
export class LocalBody implements CheckedBody {
  readonly schema: StandardSchemaV1 | undefined
  /** A portable copy of what the sender gave. */
  readonly input: Payload
  readonly output: unknown
  readonly isVoid: boolean
  readonly #encoder: Encoder
  #carried: Payload | undefined
  #bytes: Uint8Array | undefined

  /** `carried` is the payload that travels. Left out, it is decided when somebody first asks for it. */
  constructor(
    schema: StandardSchemaV1 | undefined,
    input: Payload,
    output: unknown,
    encoder: Encoder,
    carried?: Payload,
    isVoid = false,
  ) {
    this.schema = schema
    this.input = input
    this.output = output
    this.isVoid = isVoid
    this.#encoder = encoder
    this.#carried = carried
  }

  get contentType(): string {
    return (this.#carried ?? this.input) instanceof Uint8Array ? bytesContentType : this.#encoder.contentType
  }

  value(): Payload {
    if (this.#carried === undefined) {
      const carried = travelling(this.schema as Schema, this.input, this.output)
      // A schema that takes its time over what it made at once will do so for receivers too.
      this.#carried = isPromise(carried) ? this.input : carried
    }
    return this.#carried
  }

  bytes(): Uint8Array {
    if (this.#bytes) return this.#bytes
    const value = this.value()
    this.#bytes = value instanceof Uint8Array ? value : this.#encoder.encode(value as Json)
    return this.#bytes
  }
}

/**
 * The payload that travels: what its schema made of it, so that a default that is made anew each time (an id, a time) is the same
 * for every receiver and every try. Receivers have their schema look at it again; where that would refuse it or make something
 * else of it, as of a date or a text turned into a number, the input travels, and each makes its own.
 */
export function travelling(schema: Schema, input: Payload, output: unknown): MaybePromise<Payload> {
  if (isSamePayload(input, output)) return input
  const toInput = () => input
  try {
    const portable = toPortable(output, freezesPayloads)
    const again = validate(schema, portable, 'The payload of', 'it')
    if (isPromise(again)) return again.then(made => (isSamePayload(portable, made) ? portable : input), toInput)
    return isSamePayload(portable, again) ? portable : input
  } catch {
    return input
  }
}
