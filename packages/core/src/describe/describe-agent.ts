import { encoderNamed } from '../codec/index.ts'
import type { MessageType } from '../message/index.ts'
import type {
  AsyncApiChannel,
  AsyncApiDocument,
  AsyncApiMessage,
  AsyncApiOperation,
  AsyncApiRef,
  AsyncApiReply,
  AsyncApiSchema,
} from './asyncapi.ts'
import { attributesSchema } from './attributes-schema.ts'
import { withActions } from './describe-message.ts'
import { jsonSchemaOf } from './json-schema.ts'

/** The description of an agent for others. */
export interface AgentOutline {
  readonly id: string
  /** Version of the application that it is part of. */
  readonly version: string
  /** Default: the id. */
  readonly title?: string
  readonly description?: string
  /** The message types that it handles. A definition with actions stands for all of them. */
  readonly receives?: Iterable<MessageType>
  /** The message types that it publishes and requests. */
  readonly sends?: Iterable<MessageType>
}

const ref = (...path: readonly string[]): AsyncApiRef => ({ $ref: `#/${path.join('/')}` })

/** The key of a message type in one version: `order.placed.v2`. */
const keyOf = ({ type, version }: MessageType) => `${type}.v${version}`
const replyKeyOf = (message: MessageType) => `${keyOf(message)}.reply`

/** The description of a payload: its JSON Schema, or that its library does not tell one. */
function payloadOf(schema: NonNullable<MessageType['reply']>): AsyncApiSchema {
  const json = jsonSchemaOf(schema, 'draft-07')
  if (typeof json !== 'object' || json === null) {
    const { vendor } = schema['~standard']
    return { description: `Checked by a schema of ${vendor} that has no JSON Schema.`, 'x-schema-vendor': vendor }
  }
  const { $schema: _dialect, ...rest } = json as Record<string, unknown>
  return rest
}

function headersOf(type: string, version: number): AsyncApiSchema {
  return {
    allOf: [
      ref('components', 'schemas', 'attributes'),
      { properties: { type: { const: type }, smversion: { const: version } } },
    ],
  }
}

/** The facts of a message type, besides its payload, that handlers and publishers need. */
function tagsOf({ delivery, needs }: MessageType): readonly { readonly name: string }[] {
  return [delivery, ...needs].map(name => ({ name }))
}

function describeOf(message: MessageType): string {
  const { description, ttlMs, from, to, upcast } = message
  const older = [...upcast.keys()].sort((a, b) => a - b)
  return [
    description,
    from === undefined ? undefined : `Sent by ${from}.`,
    to === undefined ? undefined : `Sent to ${to}, unless its publisher says otherwise.`,
    ttlMs === undefined ? undefined : `Wanted for ${ttlMs} ms.`,
    older.length === 0 ? undefined : `Takes the place of version ${older.join(', ')}, which receivers still accept.`,
  ]
    .filter(part => part !== undefined)
    .join(' ')
}

function messageOf(message: MessageType): AsyncApiMessage {
  const { type, version, codec } = message
  const description = describeOf(message)
  return {
    name: type,
    title: `${type}, version ${version}`,
    ...(description !== '' && { description }),
    contentType: encoderNamed(codec).contentType,
    headers: headersOf(type, version),
    payload: payloadOf(message.schema),
    correlationId: { location: '$message.header#/correlationid' },
    tags: tagsOf(message),
  }
}

function replyMessageOf(message: MessageType, reply: NonNullable<MessageType['reply']>): AsyncApiMessage {
  return {
    name: `${message.type}.reply`,
    title: `Reply to ${message.type}, version ${message.version}`,
    contentType: encoderNamed(message.codec).contentType,
    headers: headersOf('sm.reply', message.version),
    payload: payloadOf(reply),
    correlationId: { location: '$message.header#/correlationid' },
    tags: [{ name: 'at-most-once' }],
  }
}

/** The types of one name, in the order of their versions. */
type Types = ReadonlyMap<string, readonly MessageType[]>

function byType(messages: Iterable<MessageType>): Types {
  return Map.groupBy(withActions(messages), ({ type }) => type)
}

function replyOf(type: string, versions: readonly MessageType[]): AsyncApiReply | undefined {
  const asked = versions.filter(({ reply }) => reply !== undefined)
  if (asked.length === 0) return undefined
  return {
    address: { location: '$message.header#/replyto' },
    channel: ref('channels', `${type}.reply`),
    messages: asked.map(message => ref('channels', `${type}.reply`, 'messages', replyKeyOf(message))),
  }
}

function operationOf(action: 'send' | 'receive', type: string, versions: readonly MessageType[]): AsyncApiOperation {
  const reply = replyOf(type, versions)
  return {
    action,
    channel: ref('channels', type),
    messages: versions.map(message => ref('channels', type, 'messages', keyOf(message))),
    tags: [...new Map(versions.flatMap(tagsOf).map(tag => [tag.name, tag])).values()],
    ...(reply && { reply }),
  }
}

function refsTo(keys: readonly string[]): Readonly<Record<string, AsyncApiRef>> {
  return Object.fromEntries(keys.map(key => [key, ref('components', 'messages', key)]))
}

function channelsOf(types: Types): Readonly<Record<string, AsyncApiChannel>> {
  const channels: Record<string, AsyncApiChannel> = {}
  for (const [type, versions] of types) {
    channels[type] = { address: type, messages: refsTo(versions.map(keyOf)) }
    const asked = versions.filter(({ reply }) => reply !== undefined)
    if (asked.length > 0) channels[`${type}.reply`] = { address: null, messages: refsTo(asked.map(replyKeyOf)) }
  }
  return channels
}

function messagesOf(types: Types): Readonly<Record<string, AsyncApiMessage>> {
  const messages: Record<string, AsyncApiMessage> = {}
  for (const message of [...types.values()].flat()) {
    messages[keyOf(message)] = messageOf(message)
    if (message.reply) messages[replyKeyOf(message)] = replyMessageOf(message, message.reply)
  }
  return messages
}

/**
 * An agent as an AsyncAPI 3 document: a channel per message type, an operation for each that the agent receives or sends
 * (with its reply, if it can be requested), messages with the JSON Schema of their payloads where the schema library tells
 * one, and headers as the CloudEvents attributes in which foreign clients see them.
 *
 * Throws `SM_CODEC_UNKNOWN` when the codec of a message type has not been imported.
 *
 * @example
 * const document = describeAgent({ id: 'billing', version: '1.4.0', receives: [OrderPlaced], sends: [InvoiceSent] })
 * await writeFile('asyncapi.json', JSON.stringify(document, undefined, 2))
 */
export function describeAgent(outline: AgentOutline): AsyncApiDocument {
  const { id, title = id, version, description, receives = [], sends = [] } = outline
  const received = byType(receives)
  const sent = byType(sends)
  const all = byType([...receives, ...sends])
  const operations: Record<string, AsyncApiOperation> = {}
  for (const [type, versions] of received) operations[`receive.${type}`] = operationOf('receive', type, versions)
  for (const [type, versions] of sent) operations[`send.${type}`] = operationOf('send', type, versions)
  return {
    asyncapi: '3.0.0',
    info: { title, version, ...(description !== undefined && { description }) },
    defaultContentType: 'application/json',
    channels: channelsOf(all),
    operations,
    components: { messages: messagesOf(all), schemas: { attributes: attributesSchema } },
  }
}
