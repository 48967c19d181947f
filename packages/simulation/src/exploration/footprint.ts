/** What an event has looked at or changed: processes, paths, stores. Undefined stands for everything. */
export type Footprint = ReadonlySet<string> | undefined

/** Whether it makes no difference which of two events goes first: neither has touched what the other has. */
export function commute(one: Footprint, other: Footprint): boolean {
  if (!one || !other) return false
  for (const thing of one) if (other.has(thing)) return false
  return true
}
