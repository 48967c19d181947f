/** FNV-1a over the characters of a text: the same number everywhere, spread over 32 bits. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  // The last characters reach the high bits only after this.
  sum = Math.imul(sum ^ (sum >>> 15), 0x2c1b3ce5)
  return (sum ^ (sum >>> 13)) >>> 0
}

/** A number that two sides share when they know the same instances, whatever the order. */
export function digestOf(instances: Iterable<string>): number {
  let digest = 0
  for (const instance of instances) digest = (digest + hash(instance)) >>> 0
  return digest
}

/**
 * Whether `self` is among those who answer a question. Everyone ranks all who could, in an order that the nonce decides: the first
 * answers, and each time that it has to be asked again, twice as many.
 */
export function isChosen(self: string, others: Iterable<string>, nonce: string, tries: number): boolean {
  const own = hash(nonce + self)
  let rank = 0
  for (const other of others) if (hash(nonce + other) < own) rank += 1
  return rank < 2 ** tries
}
