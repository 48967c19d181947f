import type { Frame, SizeLimit } from '@sm/core/transport'
import { redisError } from '../errors.ts'
import { readEvent } from './read-event.ts'
import type { Reply } from './reply.ts'

/** How a frame of a queue is called when it is settled. */
export interface Token {
  /** Of its entry in the stream. */
  readonly id: string
  /** Which delivery it is, those under other ids included. */
  readonly attempt: number
  /** How often it was tried under other ids. */
  readonly before: number
  /** How often it was delivered under this one. */
  readonly deliveries: number
  /** Tries that were counted under this id, once one was. */
  begun?: number
}

/** An entry of a stream: its id, and its fields with their values in turn. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]]

/** The content of an entry: the event, and how often it has been tried under other ids. */
export interface EntryContent {
  readonly event: Buffer | undefined
  readonly attempts: number
  /** When it was first appended, epoch milliseconds by the server, where that was under another id. */
  readonly since: number | undefined
}

/** Reads the fields of an entry. */
export function contentOf(fields: readonly Buffer[]): EntryContent {
  let event: Buffer | undefined
  let attempts = 0
  let since: number | undefined
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = (fields[i] as Buffer).toString('latin1')
    if (name === 'event') event = fields[i + 1]
    else if (name === 'attempt') attempts = Number(fields[i + 1]) || 0
    else if (name === 'since') since = Number(fields[i + 1]) || undefined
  }
  return { event, attempts, since }
}

/** The frame of an entry. Throws `SM_REDIS_ENTRY`, or why its event cannot be read. */
export function frameOf(event: Buffer | undefined, limit: SizeLimit & { readonly now: number }): Frame {
  if (event === undefined) throw redisError('SM_REDIS_ENTRY', 'An entry of a queue has no field "event"')
  return readEvent(event, { ...limit, delivery: 'at-least-once' })
}

/** An entry that comes with the number of its deliveries: what scripts return for those that were taken over. */
export interface TakenEntry {
  readonly id: string
  readonly deliveries: number
  readonly fields: readonly Buffer[]
}

/** Reads entries that a script has taken over, oldest first. */
export function toTakenEntries(reply: Reply | undefined): readonly TakenEntry[] {
  const entries = (reply as readonly (readonly [Buffer, number, readonly Buffer[]])[]).map(
    ([id, deliveries, fields]) => ({ id: id.toString('latin1'), deliveries, fields }),
  )
  return entries.sort((a, b) => compareIds(a.id, b.id))
}

function compareIds(a: string, b: string): number {
  const [aTime = '', aPlace = ''] = a.split('-')
  const [bTime = '', bPlace = ''] = b.split('-')
  return Number(aTime) - Number(bTime) || Number(aPlace) - Number(bPlace)
}
