import { smError } from '../errors/index.ts'
import { parseAgentRef } from './address.ts'
import type { Payload } from './frame.ts'
import type { DeliveryLevel } from './header.ts'
import { checkMessageType } from './names.ts'
import { checkPolicy, type RoutePolicy } from './route-policy.ts'
import type { SchemaInput, SchemaOutput, StandardSchemaV1 } from './standard-schema.ts'
import { checkVia, type Via } from './via.ts'

/** The demands that a message may have on the transport that carries it. */
export type MessageNeed = 'durable' | 'encrypted'

/** Options of a definition besides its type. Everything but the schema has a default. */
export interface MessageOptions<
  Schema extends StandardSchemaV1,
  Reply extends StandardSchemaV1 | undefined,
  Action extends string,
> {
  /** Any Standard Schema: zod, valibot, arktype, … Publishers send its input, handlers get its output. */
  readonly schema: Schema
  /** Version of the type, 1 … 65535. Default 1. */
  readonly version?: number
  /** Makes one message type per action: `actions: ['submit']` on `order` gives `Order.submit`, routed as `order.submit`. */
  readonly actions?: readonly Action[]
  /** Schema of the reply. A type that has one can be requested. */
  readonly reply?: Reply
  /** For people and tools. */
  readonly description?: string
  /** Default `at-least-once`. */
  readonly delivery?: DeliveryLevel
  /** Id of the one agent that may publish it. Default: any. */
  readonly from?: string
  /** Inbox it goes to unless publish says otherwise. Default: none, a broadcast. */
  readonly to?: string
  /** Inbox that replies and answers go to unless publish says otherwise. */
  readonly replyTo?: string
  /** How long a message keeps its meaning, in milliseconds, at most 100 years. Default: for ever. */
  readonly ttlMs?: number
  /** Ordering key of a payload: messages with one key are handled in order. Default: none. */
  readonly key?: (payload: SchemaInput<Schema>) => string | undefined
  /** The capabilities that the transport must have. Default: nothing beyond the delivery level. */
  readonly needs?: readonly MessageNeed[]
  /**
   * Whether it may be handled twice rather than be left in doubt: `allowed` has a publish move to the next transport also where the
   * receiver may have the message already and nobody can tell whether it would notice a repeat. Default `never`.
   */
  readonly repeats?: 'allowed' | 'never'
  /** Wishes about the transports that carry it; those of a publish win. Transports that an agent does not have are passed over. */
  readonly route?: RoutePolicy
  /** How many of those transports carry it, and when its publish is done. Default `first`; what a publish says wins. */
  readonly via?: Via
  /** Name of the codec of its payloads. Default `json`; `msgpack` needs `import '@sm/core/msgpack'`. */
  readonly codec?: string
  /** Turns payloads of older versions into input of this one; the versions it names are accepted by subscribers. */
  readonly upcast?: { readonly [version: number]: (payload: never) => unknown }
}

/** A message type as {@link defineMessage} makes it. Immutable. */
export interface MessageType<
  Schema extends StandardSchemaV1 = StandardSchemaV1,
  Reply extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
> {
  readonly type: string
  readonly version: number
  readonly schema: Schema
  readonly reply: Reply
  readonly description: string | undefined
  readonly delivery: DeliveryLevel
  readonly from: string | undefined
  readonly to: string | undefined
  readonly replyTo: string | undefined
  readonly ttlMs: number | undefined
  readonly key: ((payload: never) => string | undefined) | undefined
  readonly needs: readonly MessageNeed[]
  readonly repeats: 'allowed' | 'never'
  readonly route: RoutePolicy | undefined
  readonly via: Via
  readonly codec: string
  readonly upcast: ReadonlyMap<number, (payload: Payload) => unknown>
  readonly actions: readonly string[]
}

/** A definition together with the message types of its actions. */
export type MessageFamily<Type extends MessageType, Action extends string> = Type & { readonly [Name in Action]: Type }

/** A message type that can be requested: its definition has a reply. */
export type RequestType = MessageType<StandardSchemaV1, StandardSchemaV1>

/**
 * The payload that a publisher gives for a message type: the input of its schema. Nothing of it is changed, so readonly data will
 * do.
 */
export type InputOf<Type extends MessageType> = Immutable<SchemaInput<Type['schema']>>

/** Types without parts that could be readonly: primitives (branded ones too), functions and bytes. */
type Whole =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Uint8Array
  | ((...args: never[]) => unknown)

/** A list of a length that is known, or with parts at its ends that are. */
type IsTuple<T extends readonly unknown[]> = number extends T['length']
  ? T extends readonly [unknown, ...unknown[]] | readonly [...unknown[], unknown]
    ? true
    : false
  : true

/**
 * Objects and lists that cannot be changed through this type. Primitives stay as they are, branded or not, and so do
 * instances of classes with private members, which no mapped type can describe.
 */
export type Immutable<T> = unknown extends T
  ? T
  : T extends Whole
    ? T
    : T extends readonly (infer Element)[]
      ? IsTuple<T> extends true
        ? { readonly [Key in keyof T]: Immutable<T[Key]> }
        : readonly Immutable<Element>[]
      : T extends object
        ? { [Key in keyof T]: T[Key] } extends T
          ? { readonly [Key in keyof T]: Immutable<T[Key]> }
          : T
        : T

/** The payload that a handler of a message type gets. */
export type PayloadOf<Type extends MessageType> = Immutable<SchemaOutput<Type['schema']>>

type ReplySchema<Type extends MessageType> = Type['reply'] extends StandardSchemaV1 ? Type['reply'] : never

/** The value that a handler returns to answer a request. */
export type ReplyInputOf<Type extends MessageType> = Immutable<SchemaInput<ReplySchema<Type>>>

/** The reply that a requester gets. */
export type ReplyOf<Type extends MessageType> = Immutable<SchemaOutput<ReplySchema<Type>>>

const optionNames: ReadonlySet<string> = new Set<keyof MessageOptions<StandardSchemaV1, undefined, never>>([
  ...(['schema', 'version', 'actions', 'reply', 'description', 'delivery', 'from', 'to', 'replyTo'] as const),
  ...(['ttlMs', 'key', 'needs', 'repeats', 'route', 'via', 'codec', 'upcast'] as const),
])

/** 100 years: so far ahead, a header can still say when. */
const maxTtlMs = 3_155_760_000_000
const ACTION = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/
const DELIVERIES: readonly unknown[] = ['at-most-once', 'at-least-once']

function refuse(type: string, why: string): never {
  throw smError('SM_MESSAGE_DEFINITION', `The definition of ${JSON.stringify(type)} ${why}`, { details: { type } })
}

function isSchema(value: unknown): value is StandardSchemaV1 {
  const holder = typeof value === 'function' || (typeof value === 'object' && value !== null)
  return holder && typeof (value as StandardSchemaV1)['~standard']?.validate === 'function'
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 0xffff
}

function upcasts(type: string, version: number, upcast: object): ReadonlyMap<number, (payload: Payload) => unknown> {
  const map = new Map<number, (payload: Payload) => unknown>()
  for (const [name, turn] of Object.entries(upcast)) {
    const older = Number(name)
    if (!isVersion(older) || older >= version)
      refuse(type, `has an upcast for ${name}, which is not below version ${version}`)
    if (typeof turn !== 'function') refuse(type, `has an upcast for ${name} that is not a function`)
    map.set(older, turn)
  }
  return map
}

/**
 * Defines a message type: what it is called, what it carries and how it travels.
 *
 * Throws `SM_NAME_INVALID` for a bad type and `SM_MESSAGE_DEFINITION` for options that contradict each other.
 *
 * @example
 * const Order = defineMessage('order', { schema: z.object({ id: z.string() }), actions: ['submit', 'ship'] })
 * await agent.publish(Order.submit, { id: '7' })
 */
export function defineMessage<
  const Schema extends StandardSchemaV1,
  const Reply extends StandardSchemaV1 | undefined = undefined,
  const Action extends string = never,
>(type: string, options: MessageOptions<Schema, Reply, Action>): MessageFamily<MessageType<Schema, Reply>, Action> {
  checkMessageType(type)
  const {
    schema,
    version = 1,
    actions = [],
    reply,
    delivery = 'at-least-once',
    needs = [],
    ttlMs,
    repeats = 'never',
    via = 'first',
    codec = 'json',
  } = options
  const stray = Object.keys(options).find(name => !optionNames.has(name))
  if (stray !== undefined) refuse(type, `has the unknown option ${JSON.stringify(stray.slice(0, 40))}`)
  if (!isSchema(schema)) refuse(type, 'has a schema that is not a Standard Schema')
  if (reply !== undefined && !isSchema(reply)) refuse(type, 'has a reply that is not a Standard Schema')
  if (!isVersion(version)) refuse(type, 'has a version that is not an integer of 1 to 65535')
  if (!DELIVERIES.includes(delivery)) refuse(type, `has the unknown delivery ${JSON.stringify(delivery)}`)
  if (repeats !== 'allowed' && repeats !== 'never') refuse(type, `has the unknown repeats ${JSON.stringify(repeats)}`)
  if (ttlMs !== undefined && !(ttlMs > 0 && ttlMs <= maxTtlMs))
    refuse(type, 'has a ttlMs that is not above 0, or above 100 years')
  if (options.route) checkPolicy(type, options.route)
  checkVia(type, via)
  for (const ref of [options.from, options.to, options.replyTo]) if (ref !== undefined) parseAgentRef(ref)

  const base = {
    version,
    schema,
    reply: reply as Reply,
    description: options.description,
    delivery,
    from: options.from,
    to: options.to,
    replyTo: options.replyTo,
    ttlMs,
    key: options.key as MessageType['key'],
    needs: Object.freeze([...needs]),
    repeats,
    route: options.route && Object.freeze({ ...options.route }),
    via: typeof via === 'string' ? via : Object.freeze({ ...via }),
    codec,
    upcast: upcasts(type, version, options.upcast ?? {}),
  }
  const definition: Record<string, unknown> = { type, ...base, actions: Object.freeze([...actions]) }
  for (const action of actions) {
    if (!ACTION.test(action)) refuse(type, `has the malformed action ${JSON.stringify(action)}`)
    if (action in definition)
      refuse(type, `has the action "${action}", which is taken or a word of the definition itself`)
    const actionType = `${type}.${action}`
    checkMessageType(actionType)
    definition[action] = Object.freeze({ type: actionType, ...base, actions: [] })
  }
  return Object.freeze(definition) as MessageFamily<MessageType<Schema, Reply>, Action>
}

/** True for what {@link defineMessage} returns. */
export function isMessageType(value: unknown): value is MessageType {
  const candidate = value as MessageType | undefined
  return (
    typeof candidate === 'object' &&
    candidate !== null &&
    typeof candidate.type === 'string' &&
    isSchema(candidate.schema)
  )
}
