import { evenHash } from '../kernel/index.ts'

/** How many of those who could answer rank all of them, for each who may: that none does happens once in some thousand times. */
const contendersPerAnswer = 8

/** An instance with the hash of its id. */
export interface Fingerprint {
  readonly idHash: number
}

/** A number that two sides share when they know the same instances, whatever the order. */
export function digestOf(instances: Iterable<Fingerprint>): number {
  let digest = 0
  for (const { idHash } of instances) digest = (digest + idHash) >>> 0
  return digest
}

/**
 * Whether one of so many may be among those who answer a question, which is soon told: without it each question would cost
 * each who hears it as much as there are others.
 */
export function mayBeChosen(self: Fingerprint, many: number, nonce: string, tries: number): boolean {
  return rankOf(self, evenHash(nonce)) / 2 ** 32 < (contendersPerAnswer * 2 ** tries) / many
}

/**
 * Whether `self` is among those who answer a question. Everyone ranks all who could, in an order that the nonce decides: the first
 * answers, and each time that it has to be asked again, twice as many.
 */
export function isChosen(self: Fingerprint, others: Iterable<Fingerprint>, nonce: string, tries: number): boolean {
  const turn = evenHash(nonce)
  const own = rankOf(self, turn)
  let before = 0
  for (const other of others) if (rankOf(other, turn) < own) before += 1
  return before < 2 ** tries
}

/** A number of 32 bits in which the order of instances is another for each `turn`. */
function rankOf({ idHash }: Fingerprint, turn: number): number {
  return Math.imul(idHash ^ turn, 0x9e3779b1) >>> 0
}
