import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { MessageNeed, MessageType } from './define-message.ts'
import type { DeliveryLevel } from './header.ts'

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

interface WithJsonSchema {
  readonly jsonSchema?: { input(options: { target: 'draft-2020-12' }): unknown }
}

function jsonSchemaOf(schema: StandardSchemaV1 | undefined): unknown {
  const standard = schema?.['~standard'] as WithJsonSchema | undefined
  try {
    return standard?.jsonSchema?.input({ target: 'draft-2020-12' })
  } catch {
    // The library says that this schema has no JSON form (a transform, a date): a description without it is still true.
    return undefined
  }
}

/** Says in plain data what a message type is. */
export function describeMessage(message: MessageType): MessageDescription {
  const payload = jsonSchemaOf(message.schema)
  const reply = jsonSchemaOf(message.reply)
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

/** Describes a set of message types, in the order of their names and versions: `listMessages([Order, Invoice])`. */
export function listMessages(messages: Iterable<MessageType>): readonly MessageDescription[] {
  const all = new Map<string, MessageType>()
  for (const message of messages) {
    all.set(`${message.type}@${message.version}`, message)
    for (const action of message.actions) {
      const member = (message as unknown as Record<string, MessageType>)[action]
      if (member) all.set(`${member.type}@${member.version}`, member)
    }
  }
  return [...all.values()].sort(byNameAndVersion).map(describeMessage)
}

function byNameAndVersion(a: MessageType, b: MessageType): number {
  if (a.type === b.type) return a.version - b.version
  return a.type < b.type ? -1 : 1
}
