import { encoderNamed, LocalBody, travelling } from '../codec/index.ts'
import { smError } from '../errors/index.ts'
import { isPromise, type MaybePromise } from '../kernel/index.ts'
import {
  freezesPayloads,
  type Header,
  type Json,
  LocalFrame,
  type MessageType,
  maxExtensions,
  orderExtension,
  type Payload,
  type StandardSchemaV1,
  toPortable,
  validate,
  voidExtension,
} from '../message/index.ts'
import type { AgentSettings } from '../settings/index.ts'
import { type Attributes, checkAttributes } from './attributes.ts'
import { KeyNumbers } from './key-numbers.ts'

const nothing: Attributes = {}

/** Makes frames of one agent: checks the payload, has the schema look at it, and fills in the header. */
export class FrameFactory {
  readonly #agent: AgentSettings
  readonly #from: string
  readonly #keys = new KeyNumbers()
  #staysInProcess: boolean
  #numbersKeys: boolean

  /**
   * `staysInProcess`: every transport of the agent hands over frames themselves, so that what travels is seldom asked for. `numbersKeys`: it
   * has several transports, by which messages with one key could come out of order.
   */
  constructor(agent: AgentSettings, staysInProcess: boolean, numbersKeys: boolean) {
    this.#agent = agent
    this.#from = `${agent.id}/${agent.instance}`
    this.#staysInProcess = staysInProcess
    this.#numbersKeys = numbersKeys
  }

  /** From now on frames may leave the process. */
  leavesProcess(): void {
    this.#staysInProcess = false
  }

  /** From now on messages may go by several transports. */
  hasSeveralWays(): void {
    this.#numbersKeys = true
  }

  /** A frame of a message type. Throws or rejects with `SM_PAYLOAD_NOT_PORTABLE`, `SM_PAYLOAD_INVALID` or `SM_HEADER_INVALID`. */
  message(message: MessageType, payload: unknown, attributes: Attributes = nothing): MaybePromise<LocalFrame> {
    if (message.from !== undefined && message.from !== this.#agent.id) {
      const what = `${message.type} may be published by ${message.from} only, not by ${this.#agent.id}`
      throw smError('SM_HEADER_INVALID', what, { details: { attribute: 'from' } })
    }
    const body = this.#body(message, message.schema, payload)
    if (isPromise(body)) return body.then(made => this.frame(message, made, attributes))
    return this.frame(message, body, attributes)
  }

  /** The body of a reply. The result of a handler may be no value at all. Throws or rejects as a payload does. */
  reply(message: MessageType, schema: StandardSchemaV1, result: unknown): MaybePromise<LocalBody> {
    if (result !== undefined) return this.#body(message, schema, result)
    const output = validate(schema as Schema, undefined, 'The reply to', message.type)
    const make = (made: unknown) =>
      made === undefined
        ? new LocalBody(schema, null, undefined, encoderNamed(message.codec), null, true)
        : this.#body(message, schema, made)
    return isPromise(output) ? output.then(make) : make(output)
  }

  #body(message: MessageType, schema: StandardSchemaV1, payload: unknown): MaybePromise<LocalBody> {
    const input = toPortable(payload, freezesPayloads)
    const role = schema === message.schema ? 'The payload of' : 'The reply to'
    const output = validate(schema as Schema, input, role, message.type)
    if (isPromise(output)) return output.then(settled => this.#decided(message, schema, input, settled))
    // Bytes have a content type of their own, and a wire needs to know at once.
    const waits = this.#staysInProcess && !(input instanceof Uint8Array) && !(output instanceof Uint8Array)
    if (!waits) return this.#decided(message, schema, input, output)
    return new LocalBody(schema, input, output, encoderNamed(message.codec))
  }

  /** A body of which is known what travels. */
  #decided(message: MessageType, schema: StandardSchemaV1, input: Payload, output: unknown): MaybePromise<LocalBody> {
    const make = (carried: Payload) => new LocalBody(schema, input, output, encoderNamed(message.codec), carried)
    const carried = travelling(schema as Schema, input, output)
    return isPromise(carried) ? carried.then(make) : make(carried)
  }

  /** The frame of a body that this has made. */
  frame(message: MessageType, body: LocalBody, attributes: Attributes): LocalFrame {
    const header = this.#header(message, body, attributes)
    const { madeAt = header.expiresAt === undefined ? 0 : this.#agent.clock.elapsed() } = attributes
    return new LocalFrame(header, body, madeAt)
  }

  /** A frame of the library's own, which no schema describes. */
  control(type: string, payload: Json, to: string | undefined, correlationId?: string): LocalFrame {
    const { ids, clock } = this.#agent
    const time = clock.now()
    const body = new LocalBody(undefined, payload, payload, encoderNamed('json'), payload)
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
    return new LocalFrame(header, body, 0)
  }

  #header(message: MessageType, body: LocalBody, attributes: Attributes): Header {
    const { clock, ids, tracing } = this.#agent
    const time = attributes.time ?? clock.now()
    const trace = tracing.current() ?? attributes.trace
    // Attributes that the definition has for its own messages do not hold for replies to them.
    const own = attributes.type === undefined ? message : undefined
    const ttlMs = attributes.ttlMs ?? own?.ttlMs
    const to = attributes.to ?? message.to
    const key = attributes.key ?? keyOf(own, body.input)
    return {
      id: ids.next(time),
      type: attributes.type ?? message.type,
      version: message.version,
      from: this.#from,
      to,
      replyTo: attributes.replyTo ?? own?.replyTo,
      correlationId: attributes.correlationId,
      causationId: attributes.causationId,
      time,
      expiresAt: attributes.expiresAt ?? (ttlMs === undefined ? undefined : Math.ceil(time + ttlMs)),
      key,
      delivery: attributes.delivery ?? message.delivery,
      contentType: body.contentType,
      encodings: undefined,
      traceparent: trace?.traceparent,
      tracestate: trace?.tracestate,
      // What is no value at all travels as null with a mark.
      extensions: body.isVoid
        ? { [voidExtension]: '1' }
        : this.#extensions(attributes.extensions, own && key !== undefined ? [to, message.type, key] : undefined),
    }
  }

  /** The extensions of a message, with its number among those that have the same receiver, type and key. */
  #extensions(extensions: Attributes['extensions'], ordered: readonly unknown[] | undefined): Attributes['extensions'] {
    const isNumbered =
      this.#numbersKeys && ordered !== undefined && Object.keys(extensions ?? {}).length < maxExtensions
    if (isNumbered) return Object.freeze({ ...extensions, [orderExtension]: this.#keys.next(JSON.stringify(ordered)) })
    return extensions && Object.freeze({ ...extensions })
  }
}

type Schema = StandardSchemaV1<unknown, unknown>

/** The ordering key that the definition makes of a payload. */
function keyOf(message: MessageType | undefined, payload: unknown): string | undefined {
  const key = message?.key?.(payload as never)
  if (key !== undefined) checkAttributes({ key })
  return key
}
