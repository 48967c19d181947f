import type { Footprint } from './footprint.ts'

/** An event of a run, as far as its place among others goes. */
export interface Happened {
  /** The thread, of which events never change their order. */
  readonly name: string
  /** The number of the event that brought it about, or -1. */
  readonly cause: number
  readonly footprint: Footprint
  /** Whether it comes when nothing else can, and so races with nothing. */
  readonly isLast: boolean
  /** Whether it is tried at every point at which it can come: then what comes before it elsewhere is known. */
  readonly isOptional: boolean
}

/** Two events that touch the same thing, and could come the other way round. */
export interface Race {
  /** The number of the earlier one. */
  readonly at: number
  /** What could come in its place, so that the later one comes before it: one of these does. */
  readonly instead: readonly string[]
}

/**
 * The races of a run. An event comes after another where they are of one thread, where one has brought about the other, and where
 * they touch the same thing; two race where nothing else than the last keeps them in order.
 */
export function racesOf(events: readonly Happened[]): readonly Race[] {
  const races: Race[] = []
  const before: Set<number>[] = []
  let touchers = new Map<string, number>()
  /** The last event that has changed the world for all, such as time that goes on: all others are before it or after it. */
  let barrier = -1
  for (const [number, { name, cause, footprint, isLast }] of events.entries()) {
    const met = footprint ? lastTouchers(footprint, touchers) : new Set(numbers(barrier + 1, number))
    if (met.size === 0 && barrier >= 0) met.add(barrier)
    const all = new Set(met)
    if (cause > barrier) all.add(cause)
    for (const each of isLast ? [] : met) {
      const isOrdered = [...all].some(other => other !== each && before[other]?.has(each))
      const earlier = events[each] as Happened
      if (isOrdered || each === cause || earlier.name === name || earlier.isOptional) continue
      races.push({ at: each, instead: initials(events, before, each, number, all) })
    }
    const earlier = new Set(all)
    for (const each of all) for (const other of before[each] as Set<number>) earlier.add(other)
    before.push(footprint ? earlier : new Set())
    if (footprint) for (const thing of footprint) touchers.set(thing, number)
    else {
      touchers = new Map()
      barrier = number
    }
  }
  return races
}

/** Of the events between two that do not come after the first, and of the second: those that none of the others must precede. */
function initials(
  events: readonly Happened[],
  before: readonly ReadonlySet<number>[],
  from: number,
  until: number,
  beforeUntil: ReadonlySet<number>,
): readonly string[] {
  const free = numbers(from + 1, until).filter(number => !before[number]?.has(from))
  const isFirst = (earlier: ReadonlySet<number> | undefined) => !free.some(number => earlier?.has(number))
  const firsts = free.filter(number => isFirst(before[number]))
  const names = firsts.map(number => (events[number] as Happened).name)
  const closure = new Set([...beforeUntil].flatMap(number => [number, ...(before[number] as ReadonlySet<number>)]))
  return isFirst(closure) ? [...names, (events[until] as Happened).name] : names
}

function lastTouchers(footprint: ReadonlySet<string>, touchers: ReadonlyMap<string, number>): Set<number> {
  const met = new Set<number>()
  for (const thing of footprint) {
    const last = touchers.get(thing)
    if (last !== undefined) met.add(last)
  }
  return met
}

function numbers(from: number, until: number): readonly number[] {
  return Array.from({ length: Math.max(0, until - from) }, (_, i) => from + i)
}
