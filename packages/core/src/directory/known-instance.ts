import type { Peer } from '../contract/index.ts'
import { evenHash } from '../kernel/index.ts'
import type { Card } from './card.ts'
import type { Fingerprint } from './fingerprint.ts'
import type { Load } from './presence-message.ts'

/**
 * Why an instance is believed to be on a transport: `subscribed` by a live link, `heard` from it, `told` by another who had heard it;
 * `silent` when it is heard elsewhere and says that it is there, but nothing came from it there for too long.
 */
export interface WireEvidence {
  readonly kind: 'subscribed' | 'heard' | 'told' | 'silent'
  /** When it was heard last, by `Clock.elapsed`. */
  readonly at: number
  /** Until when that holds. */
  readonly endsAt: number
  /** Number of the last message that was heard there: one with a lower number is an echo. */
  readonly seq: number
}

/** What was heard of an instance on one transport. */
export interface Heard {
  readonly seq: number
  /** How long it holds, in milliseconds. */
  readonly ttlMs: number
  readonly card?: Card
  readonly load?: Load
}

/** What has changed by something that was heard: nothing that matters to others, or the instance; or it was an echo. */
export type Learned = 'none' | 'changed' | 'stale'

/** Counts instances: one more, or less, is heard on a transport. */
export type Tally = (wire: string, change: number) => void

/** An agent instance, with all that was heard of it. */
export class KnownInstance implements Fingerprint {
  readonly agent: string
  readonly instance: string
  readonly idHash: number
  peer: Peer | undefined
  #card: Card | undefined
  #load: Load | undefined
  #lastSeq = -1
  readonly #evidence = new Map<string, WireEvidence>()
  readonly #tally: Tally
  #liveWires: readonly string[] | undefined

  /** `tally` is told where it begins and ceases to be heard. */
  constructor(agent: string, instance: string, tally: Tally) {
    this.agent = agent
    this.instance = instance
    this.idHash = evenHash(instance)
    this.#tally = tally
  }

  get card(): Card | undefined {
    return this.#card
  }

  get load(): Load | undefined {
    return this.#load
  }

  /** Highest number of a message that was heard of it. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  get evidence(): ReadonlyMap<string, WireEvidence> {
    return this.#evidence
  }

  /** Transports by which it can be reached, as far as is known. */
  get liveWires(): readonly string[] {
    this.#liveWires ??= [...this.#evidence].filter(each => this.#isLive(...each)).map(([wire]) => wire)
    return this.#liveWires
  }

  /** How many transports it is heard on. */
  get voices(): number {
    return [...this.#evidence.values()].filter(isVoice).length
  }

  /** A link is there. */
  link(wire: string, now: number, card?: Card): void {
    this.#learn(card)
    this.#set(wire, { kind: 'subscribed', at: now, endsAt: Number.POSITIVE_INFINITY, seq: this.#seqOn(wire) })
  }

  /** It was heard. A link stays what it is. */
  hear(wire: string, { seq, ttlMs, card, load }: Heard, now: number): Learned {
    const before = this.#evidence.get(wire)
    if (seq <= this.#seqOn(wire)) return 'stale'
    const isLinked = before?.kind === 'subscribed'
    this.#set(wire, {
      kind: isLinked ? 'subscribed' : 'heard',
      at: now,
      endsAt: isLinked ? before.endsAt : now + ttlMs,
      seq,
    })
    this.#lastSeq = Math.max(this.#lastSeq, seq)
    if (load) this.#load = load
    const isNews = this.#learn(card) || !before || before.kind === 'silent'
    return isNews ? 'changed' : 'none'
  }

  /** Another has heard it. What was heard of it here counts more. */
  tell(wire: string, card: Card, seq: number, at: number, endsAt: number): Learned {
    const before = this.#evidence.get(wire)
    if (before && before.kind !== 'silent') return !this.#card && this.#learn(card) ? 'changed' : 'none'
    if (seq <= this.#seqOn(wire)) return 'stale'
    this.#set(wire, { kind: 'told', at, endsAt, seq })
    if (!this.#card) this.#learn(card)
    return 'changed'
  }

  /** Nothing comes from it there any more, though it says that it is there. */
  silence(wire: string): void {
    const before = this.#evidence.get(wire)
    if (before) this.#set(wire, { ...before, kind: 'silent', endsAt: Number.POSITIVE_INFINITY })
  }

  /** It is not there any more. */
  lose(wire: string): void {
    this.#set(wire, undefined)
  }

  /** It has said its last word. */
  ended(seq: number): void {
    this.#lastSeq = Math.max(this.#lastSeq, seq)
  }

  /** One that says itself, elsewhere, that it has lost a wire hears nothing there. */
  #isLive(wire: string, { kind }: WireEvidence): boolean {
    return kind === 'subscribed' || (kind !== 'silent' && this.#card?.wires[wire] !== 'degraded')
  }

  #seqOn(wire: string): number {
    return this.#evidence.get(wire)?.seq ?? -1
  }

  #set(wire: string, evidence: WireEvidence | undefined): void {
    const change = Number(isVoice(evidence)) - Number(isVoice(this.#evidence.get(wire)))
    if (change !== 0) this.#tally(wire, change)
    if (evidence) this.#evidence.set(wire, evidence)
    else this.#evidence.delete(wire)
    this.#liveWires = undefined
  }

  #learn(card: Card | undefined): boolean {
    if (!card || (this.#card && card.revision <= this.#card.revision)) return false
    this.#card = card
    this.#liveWires = undefined
    return true
  }
}

function isVoice(evidence: WireEvidence | undefined): boolean {
  return evidence !== undefined && evidence.kind !== 'silent'
}
