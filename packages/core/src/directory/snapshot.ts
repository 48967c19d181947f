import type { KnownInstance } from './known-instance.ts'
import type { PresenceHost } from './presence-host.ts'
import type { PresenceMessage, ToldCard } from './presence-message.ts'

/** Most cards of one part of a snapshot. */
const maxCards = 50

/** The cards of this instance and of others, as a newcomer on a transport is told of them. `ttlMs`: how long a word holds there. */
export function toldCards(
  host: PresenceHost,
  wire: string,
  others: readonly KnownInstance[],
  ttlMs: number,
): ToldCard[] {
  const cards: ToldCard[] = [{ card: host.card(), seq: host.seq(), ageMs: 0, ttlMs }]
  for (const { card, evidence: allEvidence } of others) {
    const evidence = allEvidence.get(wire)
    // One of whom a link is all that is known there has said nothing that could be passed on.
    if (!card || !evidence || evidence.seq < 0) continue
    const { seq, at, endsAt } = evidence
    const ageMs = Math.max(0, host.clock.elapsed() - at)
    cards.push({ card, seq, ageMs, ttlMs: Number.isFinite(endsAt) ? endsAt - at : ttlMs })
  }
  return cards
}

/** An answer in parts that fit into a frame: at least one, and the last is marked. */
export function* snapshotParts(nonce: string, cards: readonly ToldCard[]): Iterable<PresenceMessage> {
  for (let start = 0; start === 0 || start < cards.length; start += maxCards) {
    const isLast = start + maxCards >= cards.length
    yield { is: 'snapshot', nonce, isLast, cards: cards.slice(start, start + maxCards) }
  }
}
