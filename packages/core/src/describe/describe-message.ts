import type { DeliveryLevel, MessageNeed, MessageType } from '../message/index.ts'
import { jsonSchemaOf } from './json-schema.ts'

/** A message type in plain data, for docs and tools. */
export interface MessageDescription {
  readonly type: string
  readonly version: number
  readonly description?: string
  readonly delivery: DeliveryLevel
  readonly needs: readonly MessageNeed[]
  readonly codec: string
  readonly ttlMs?: number
  readonly from?: string
  readonly to?: string
  /** Older versions that subscribers accept. */
  readonly upcastFrom: readonly number[]
  /** Types of its actions. */
  readonly actions: readonly string[]
  /** JSON Schema of the payload, where the schema library can tell it. */
  readonly payload?: unknown
  /** JSON Schema of the reply, where there is one and the schema library can tell it. */
  readonly reply?: unknown
}

/** Says in plain data what a message type is. */
export function describeMessage(message: MessageType): MessageDescription {
  const payload = jsonSchemaOf(message.schema, 'draft-2020-12')
  const reply = jsonSchemaOf(message.reply, 'draft-2020-12')
  return {
    type: message.type,
    version: message.version,
    ...(message.description !== undefined && { description: message.description }),
    delivery: message.delivery,
    needs: message.needs,
    codec: message.codec,
    ...(message.ttlMs !== undefined && { ttlMs: message.ttlMs }),
    ...(message.from !== undefined && { from: message.from }),
    ...(message.to !== undefined && { to: message.to }),
    upcastFrom: [...message.upcast.keys()].sort((a, b) => a - b),
    actions: message.actions.map(action => `${message.type}.${action}`),
    ...(payload !== undefined && { payload }),
    ...(reply !== undefined && { reply }),
  }
}

/** Message types with the types of their actions, each once, in the order of their names and versions. */
export function withActions(messages: Iterable<MessageType>): readonly MessageType[] {
  const all = new Map<string, MessageType>()
  for (const message of messages) {
    all.set(`${message.type}@${message.version}`, message)
    for (const action of message.actions) {
      const member = (message as unknown as Record<string, MessageType>)[action]
      if (member) all.set(`${member.type}@${member.version}`, member)
    }
  }
  return [...all.values()].sort(byNameAndVersion)
}

/** Describes a set of message types, in the order of their names and versions: `listMessages([Order, Invoice])`. */
export function listMessages(messages: Iterable<MessageType>): readonly MessageDescription[] {
  return withActions(messages).map(describeMessage)
}

function byNameAndVersion(a: MessageType, b: MessageType): number {
  if (a.type === b.type) return a.version - b.version
  return a.type < b.type ? -1 : 1
}
