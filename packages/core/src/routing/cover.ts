/** A transport that reaches subscribers of a broadcast. */
export interface Coverer {
  readonly name: string
  /** Whether everyone who is there is known. Where that is not so, others may be there. */
  readonly isComplete: boolean
  /** Whether it may keep the message for groups that are away, of which only its broker knows. */
  readonly keeps: boolean
}

/**
 * The fewest transports that reach everyone who is known, and whoever may be there unknown. One that reaches all by itself is
 * best: a group with members on two transports would get two copies, for two members. Of several as good the first is taken. Where
 * some keep messages for groups that are away, one of those is among them.
 *
 * @param coverers the transports that could be taken, the best first
 * @param audience for each combination of transports that instances are on, their names
 * @returns the transports to take, and those that could each stand in for all of them
 */
export function coverOf(
  coverers: readonly Coverer[],
  audience: readonly (readonly string[])[],
): { readonly taken: readonly string[]; readonly standIns: readonly string[] } {
  const names = coverers.map(({ name }) => name)
  const reached = audience.map(set => set.filter(name => names.includes(name))).filter(set => set.length > 0)
  const mustBe = coverers.filter(({ isComplete }) => !isComplete).map(({ name }) => name)
  // Whoever knows of nobody leaves nobody out.
  if (reached.length === 0) return { taken: names, standIns: [] }
  const keepers = coverers.filter(({ keeps }) => keeps).map(({ name }) => name)
  if (keepers.length > 0) reached.push(keepers)
  const all = names.filter(name => reached.every(set => set.includes(name)))
  if (mustBe.length === 0 && all.length > 0) return { taken: all.slice(0, 1), standIns: all.slice(1) }
  const taken = new Set(mustBe)
  let left = reached.filter(set => !set.some(name => taken.has(name)))
  while (left.length > 0) {
    const gain = (name: string) => left.filter(set => set.includes(name)).length
    const best = names.reduce((a, b) => (gain(b) > gain(a) ? b : a))
    taken.add(best)
    left = left.filter(set => !set.includes(best))
  }
  return { taken: names.filter(name => taken.has(name)), standIns: [] }
}
