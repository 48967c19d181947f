import { encoderNamed, toBody } from '../codec/index.ts'
import { smError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import {
  freezesPayloads,
  type Header,
  isSamePayload,
  LocalFrame,
  type MessageType,
  type Payload,
  type StandardSchemaV1,
  toPortable,
  validate,
  voidExtension,
} from '../message/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import { type Attributes, checkAttributes } from './attributes.ts'

const nothing: Attributes = {}

/** Makes frames of one agent: checks the payload, has the schema look at it, and fills in the header. */
export class FrameFactory {
  readonly #agent: AgentSettings
  readonly #from: string

  constructor(agent: AgentSettings) {
    this.#agent = agent
    this.#from = `${agent.id}/${agent.instance}`
  }

  /** A frame of a message type. Throws or rejects with `SM_PAYLOAD_NOT_PORTABLE`, `SM_PAYLOAD_INVALID` or `SM_HEADER_INVALID`. */
  message(message: MessageType, payload: unknown, attributes: Attributes = nothing): MaybePromise<LocalFrame> {
    if (message.from !== undefined && message.from !== this.#agent.id) {
      const what = `${message.type} may be published by ${message.from} only, not by ${this.#agent.id}`
      throw smError('SM_HEADER_INVALID', what, { details: { attribute: 'from' } })
    }
    return this.#make(message, message.schema, payload, attributes)
  }

  /** A frame whose payload has another schema than its message type: a reply. */
  #make(
    message: MessageType,
    schema: StandardSchemaV1,
    payload: unknown,
    attributes: Attributes,
  ): MaybePromise<LocalFrame> {
    const input = toPortable(payload, freezesPayloads)
    const what = schema === message.schema ? `The payload of ${message.type}` : `The reply to ${message.type}`
    const read: Reader = value => validate(schema as StandardSchemaV1<unknown, unknown>, value, what)
    const output = read(input)
    if (isPromise(output))
      return output.then(settled => this.#validated(message, schema, input, settled, read, attributes))
    return this.#validated(message, schema, input, output, read, attributes)
  }

  /** The frame of a reply. One that is no value at all travels as null with a mark. */
  reply(
    message: MessageType,
    schema: StandardSchemaV1,
    result: unknown,
    attributes: Attributes,
  ): MaybePromise<LocalFrame> {
    if (result !== undefined) return this.#make(message, schema, result, attributes)
    const output = validate(schema as StandardSchemaV1<unknown, unknown>, undefined, `The reply to ${message.type}`)
    const make = (made: unknown) => {
      if (made !== undefined) return this.#make(message, schema, made, attributes)
      const body = toBody(null, encoderNamed(message.codec))
      const header = this.#header(message, null, body.contentType, {
        ...attributes,
        extensions: { [voidExtension]: '1' },
      })
      return new LocalFrame(header, body, schema, undefined, 0)
    }
    return isPromise(output) ? output.then(make) : make(output)
  }

  #validated(
    message: MessageType,
    schema: StandardSchemaV1,
    input: Payload,
    output: unknown,
    read: Reader,
    attributes: Attributes,
  ): MaybePromise<LocalFrame> {
    const make = (carried: Payload) => {
      const body = toBody(carried, encoderNamed(message.codec))
      const header = this.#header(message, input, body.contentType, attributes)
      const madeAt = header.expiresAt === undefined ? 0 : this.#agent.clock.elapsed()
      return new LocalFrame(header, body, schema, output, madeAt)
    }
    if (isSamePayload(input, output)) return make(input)
    const carried = travelling(input, output, read)
    return isPromise(carried) ? carried.then(make) : make(carried)
  }

  /** A frame of the library's own, which no schema describes. */
  control(
    type: string,
    payload: { readonly [key: string]: string | boolean },
    to: string | undefined,
    correlationId?: string,
  ): LocalFrame {
    const { ids, clock } = this.#agent
    const time = clock.now()
    const body = toBody(payload, encoderNamed('json'))
    const header: Header = {
      id: ids.next(time),
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
    }
    return new LocalFrame(header, body, undefined, payload, 0)
  }

  #header(message: MessageType, payload: unknown, contentType: string, attributes: Attributes): Header {
    const { clock, ids, tracing } = this.#agent
    const time = attributes.time ?? clock.now()
    const trace = tracing.current() ?? attributes.trace
    // Attributes that the definition has for its own messages do not hold for replies to them.
    const own = attributes.type === undefined ? message : undefined
    const ttlMs = attributes.ttlMs ?? own?.ttlMs
    return {
      id: ids.next(time),
      type: attributes.type ?? message.type,
      version: message.version,
      from: this.#from,
      to: attributes.to ?? message.to,
      replyTo: attributes.replyTo ?? own?.replyTo,
      correlationId: attributes.correlationId,
      causationId: attributes.causationId,
      time,
      expiresAt: attributes.expiresAt ?? (ttlMs === undefined ? undefined : Math.ceil(time + ttlMs)),
      key: attributes.key ?? keyOf(own, payload),
      delivery: attributes.delivery ?? message.delivery,
      contentType,
      encodings: undefined,
      traceparent: trace?.traceparent,
      tracestate: trace?.tracestate,
      extensions: attributes.extensions && Object.freeze({ ...attributes.extensions }),
    }
  }
}

/** Has a schema look at a value. */
type Reader = (value: unknown) => MaybePromise<unknown>

/**
 * The payload that travels: what its schema made of it, so that a default that is made anew each time (an id, a time) is the same
 * for every receiver and every try. Receivers have their schema look at it again; where that would refuse it or make something
 * else of it, as of a date or a text turned into a number, the input travels, and each makes its own.
 */
function travelling(input: Payload, output: unknown, read: Reader): MaybePromise<Payload> {
  const toInput = () => input
  try {
    const portable = toPortable(output, freezesPayloads)
    const again = read(portable)
    if (isPromise(again)) return again.then(made => (isSamePayload(portable, made) ? portable : input), toInput)
    return isSamePayload(portable, again) ? portable : input
  } catch {
    return input
  }
}

/** The ordering key that the definition makes of a payload. */
function keyOf(message: MessageType | undefined, payload: unknown): string | undefined {
  const key = message?.key?.(payload as never)
  if (key !== undefined) checkAttributes({ key })
  return key
}
