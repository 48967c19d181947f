import { type SmError, smError } from '../errors/index.ts'
import type { Frame, Json } from '../message/index.ts'
import { type Card, readCard } from './card.ts'
import { isCount, isRecord, isText } from './read.ts'

/** Version of what agents tell each other of their presence. */
const presenceVersion = 1

/** What an agent does at present. */
export interface Load {
  /** Handlers that run. */
  readonly running: number
  /** Deliveries that are not settled. */
  readonly unsettled: number
}

/** A card that somebody else passes on, and what is left of its time. */
export interface ToldCard {
  readonly card: Card
  /** Number of the last message of its instance. */
  readonly seq: number
  /** How long ago its instance was heard, in milliseconds. */
  readonly ageMs: number
  readonly ttlMs: number
}

/**
 * What agents tell each other. `here`: who I am, to all or to one; with `ask` a newcomer wants to know the others, with `want` only the
 * one that it is told. `ask`: the same question once more. `alive`: still there, with the revision of the card that holds. `left`: gone.
 * `snapshot`: what one knows, to a newcomer.
 */
export type PresenceMessage =
  | {
      readonly is: 'here'
      readonly seq: number
      readonly ttlMs: number
      readonly card: Card
      readonly ask?: Ask
      readonly want?: boolean
    }
  | {
      readonly is: 'alive'
      readonly seq: number
      readonly ttlMs: number
      readonly revision: number
      readonly load: Load
    }
  | { readonly is: 'ask'; readonly seq: number; readonly ttlMs: number; readonly ask: Ask }
  | { readonly is: 'left'; readonly seq: number }
  | { readonly is: 'snapshot'; readonly nonce: string; readonly isLast: boolean; readonly cards: readonly ToldCard[] }

/** The question of a newcomer. */
export interface Ask {
  /** Comes back with the answer. */
  readonly nonce: string
  /** How often it has been asked before: each time more of the others answer. */
  readonly tries: number
  /** Digest of the instances that the newcomer knows: whoever knows the same has nothing to tell. */
  readonly digest: number
}

/** The message as a wire carries it. */
export function writePresence(message: PresenceMessage): Json {
  return { v: presenceVersion, ...message } as unknown as Json
}

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1e12

const maxNonce = 64
/** Most cards of one part of a snapshot. */
const maxCards = 1_000

/** Longest time by which a message may be dated otherwise than the clock here says, in milliseconds. */
const maxSkewMs = 900_000

/**
 * Reads a message of presence. Throws `SM_PRESENCE_INVALID` for one of another version or another time, and for what is none. `now`
 * in epoch milliseconds.
 */
export function readPresence(frame: Frame, now: number): PresenceMessage {
  const refuse = (why: string): never => {
    throw invalidPresence(frame, why)
  }
  const value = frame.body.value()
  if (!isRecord(value)) return refuse('is no object')
  if (value.v !== presenceVersion) {
    return refuse(`has version ${JSON.stringify(value.v)?.slice(0, 20)}, not ${presenceVersion}`)
  }
  const message = readKind(value) ?? refuse('is not complete')
  if (message.is !== 'snapshot' && Math.abs(message.seq - now) > maxSkewMs) {
    return refuse(`is of another time: it is dated ${message.seq}, and here it is ${Math.floor(now)}`)
  }
  return message
}

function readKind(value: Readonly<Record<string, unknown>>): PresenceMessage | undefined {
  const { is, seq, ttlMs } = value
  if (is === 'snapshot') return readSnapshot(value)
  if (!isCount(seq)) return undefined
  if (is === 'left') return { is, seq }
  if (!isTime(ttlMs)) return undefined
  if (is === 'alive') {
    const { revision, load } = value
    if (!isCount(revision) || !isRecord(load) || !isCount(load.running) || !isCount(load.unsettled)) return undefined
    return { is, seq, ttlMs, revision, load: { running: load.running, unsettled: load.unsettled } }
  }
  const ask = readAsk(value.ask)
  if (is === 'ask') return ask && { is, seq, ttlMs, ask }
  const card = is === 'here' ? readCard(value.card) : undefined
  if (!card) return undefined
  return { is: 'here', seq, ttlMs, card, ...(ask && { ask }), ...(value.want === true && { want: true }) }
}

function readAsk(value: unknown): Ask | undefined {
  if (!isRecord(value)) return undefined
  const { nonce, tries, digest } = value
  return isText(nonce, maxNonce) && isCount(tries) && isCount(digest) ? { nonce, tries, digest } : undefined
}

function readSnapshot({ nonce, isLast, cards }: Readonly<Record<string, unknown>>): PresenceMessage | undefined {
  if (!isText(nonce, maxNonce) || typeof isLast !== 'boolean' || !Array.isArray(cards)) return undefined
  if (cards.length > maxCards) return undefined
  const told = cards.map(readTold)
  return told.includes(undefined) ? undefined : { is: 'snapshot', nonce, isLast, cards: told as ToldCard[] }
}

function readTold(value: unknown): ToldCard | undefined {
  if (!isRecord(value)) return undefined
  const card = readCard(value.card)
  const { seq, ageMs, ttlMs } = value
  return card && isCount(seq) && isTime(ageMs) && isTime(ttlMs) ? { card, seq, ageMs, ttlMs } : undefined
}

/** The error of a message of presence that is left aside. */
export function invalidPresence({ header }: Frame, why: string): SmError {
  return smError('SM_PRESENCE_INVALID', `What ${header.from} says of its presence ${why}`, {
    details: { from: header.from },
  })
}
