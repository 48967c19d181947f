import { evenHash } from '../kernel/index.ts'

/** A number that two sides share when they know the same instances, whatever the order. */
export function digestOf(instances: Iterable<string>): number {
  let digest = 0
  for (const instance of instances) digest = (digest + evenHash(instance)) >>> 0
  return digest
}

/**
 * Whether `self` is among those who answer a question. Everyone ranks all who could, in an order that the nonce decides: the first
 * answers, and each time that it has to be asked again, twice as many.
 */
export function isChosen(self: string, others: Iterable<string>, nonce: string, tries: number): boolean {
  const own = evenHash(nonce + self)
  let rank = 0
  for (const other of others) if (evenHash(nonce + other) < own) rank += 1
  return rank < 2 ** tries
}
