import { nameLimits, parseAgentRef } from '../message/index.ts'
import { isCount, isRecord, isText } from './read.ts'

/** What one handler of an agent takes: a message type or a pattern, and with whom it shares. */
export interface Handled {
  /** A message type, or a pattern with `*` and `#`. */
  readonly type: string
  readonly group: string
  /** Versions that it takes; absent for all. */
  readonly versions?: readonly number[]
  /** Whether messages are kept while no member of the group is there. */
  readonly durable: boolean
}

/** Whether an agent takes messages that are addressed to it, and whether they are kept while no instance runs. */
export type Inbox = 'none' | 'open' | 'kept'

const inboxes: readonly unknown[] = ['none', 'open', 'kept'] satisfies Inbox[]

/** What an agent instance says of itself to the others. */
export interface Card {
  readonly agent: string
  readonly instance: string
  /** The same text in all processes of one machine. */
  readonly hostId: string
  readonly processId: number
  /** When it was made, epoch milliseconds. */
  readonly since: number
  /** Grows by one with each change of the card. */
  readonly revision: number
  /** The transports that bring it messages, and whether each has its wire. */
  readonly wires: Readonly<Record<string, 'ready' | 'degraded'>>
  /** Whether it takes messages that are addressed to its agent, and whether those are kept while no instance runs. */
  readonly inbox: Inbox
  /** What it handles, as far as a card has room for it. */
  readonly handles: readonly Handled[]
  /** Where it remembers what it has handled: the same text for all who share a store. Absent where that is not known. */
  readonly store?: string
}

/** Most handlers that a card tells of. */
export const maxHandled = 100
const maxWires = 32
/** It stands in diagrams, where other characters have a meaning. */
const HOST = /^[\w.-]+$/
const maxVersions = 64

function isWires(value: unknown): value is Card['wires'] {
  if (!isRecord(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= maxWires &&
    entries.every(([name, state]) => isText(name, nameLimits.part) && (state === 'ready' || state === 'degraded'))
  )
}

function toHandled(value: unknown): Handled | undefined {
  if (!isRecord(value)) return undefined
  const { type, group, versions, durable } = value
  if (!isText(type, nameLimits.type) || !isText(group, nameLimits.text) || typeof durable !== 'boolean')
    return undefined
  if (versions === undefined) return { type, group, durable }
  if (!Array.isArray(versions) || versions.length > maxVersions || !versions.every(isCount)) return undefined
  return { type, group, versions, durable }
}

/** Reads a card that came from outside; undefined for what is none. Members that this version does not know are left out. */
export function readCard(value: unknown): Card | undefined {
  if (!isRecord(value)) return undefined
  const { agent, instance, hostId, processId, since, revision, wires, inbox, handles, store } = value
  if (
    !isText(agent, nameLimits.part) ||
    !isText(instance, nameLimits.part) ||
    !isText(hostId, 64) ||
    !HOST.test(hostId)
  )
    return undefined
  if (!isCount(processId) || !isCount(since) || !isCount(revision) || !isWires(wires)) return undefined
  if (!inboxes.includes(inbox)) return undefined
  if (store !== undefined && !isText(store, nameLimits.text)) return undefined
  if (!Array.isArray(handles) || handles.length > maxHandled) return undefined
  const known = handles.map(toHandled)
  if (known.includes(undefined)) return undefined
  try {
    parseAgentRef(`${agent}/${instance}`)
  } catch {
    return undefined
  }
  const at = { hostId, processId, since, revision, wires }
  const card = { agent, instance, ...at, inbox: inbox as Inbox, handles: known as Handled[] }
  return store === undefined ? card : { ...card, store }
}
