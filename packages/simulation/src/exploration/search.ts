import { simulationError } from '../errors.ts'
import { type Chooser, type Option, time } from './choosing-loop.ts'
import { commute, type Footprint } from './footprint.ts'
import { type Happened, racesOf } from './races.ts'

/** A point at which something was chosen. */
interface Point {
  readonly options: readonly Option[]
  readonly names: readonly string[]
  /** What has to be chosen here, in one run or another. */
  readonly wanted: Set<string>
  /** What need not be chosen any more, and what it touches: other runs have it here, or where the order makes no difference. */
  readonly asleep: Map<string, Footprint>
  chosen: number
  footprint: Footprint
}

/**
 * Walks every order of events, depth first, a run for each: a run repeats the choices of the one before up to the last point at
 * which something else has to be chosen. Orders that differ only in events that commute are walked once: another order is
 * wanted where two events race, and not where both orders are known (source sets and sleep sets: Abdulla, Aronis, Jonsson and
 * Sagonas, "Optimal dynamic partial order reduction", 2014).
 */
export class Search implements Chooser {
  readonly #reduces: boolean
  readonly #points: Point[] = []
  #depth = 0
  #choicePoints = 0
  #deepest = 0

  /** Without `reduces` every order is walked, whether or not it makes a difference. */
  constructor({ reduces }: { readonly reduces: boolean }) {
    this.#reduces = reduces
  }

  /** How many points there were at which there was more than one to choose from. */
  get choicePoints(): number {
    return this.#choicePoints
  }

  /** Most events of a run that were chosen. */
  get deepest(): number {
    return this.#deepest
  }

  /** What was chosen in the run, where there was more than one. */
  get choices(): readonly number[] {
    return this.#points.filter(({ names }) => names.length > 1).map(({ chosen }) => chosen)
  }

  /** What happened in the run. */
  get events(): readonly Happened[] {
    return this.#points.map(({ options, chosen, footprint }) => ({ ...(options[chosen] as Option), footprint }))
  }

  choose(options: readonly Option[]): number | undefined {
    const known = this.#points[this.#depth]
    const point = known ?? this.#newPoint(options)
    requireSame(point, options)
    if (point.chosen < 0) return undefined
    if (!known) {
      this.#points.push(point)
      if (options.length > 1) this.#choicePoints += 1
    }
    this.#depth += 1
    return point.chosen
  }

  ran(footprint: Footprint): void {
    ;(this.#points[this.#depth - 1] as Point).footprint = footprint
  }

  /** Goes to the next order, for the next run. False when there is none. */
  next(): boolean {
    this.#deepest = Math.max(this.#deepest, this.#points.length)
    if (this.#reduces) this.#wantRaces()
    this.#depth = 0
    for (let point = this.#points.at(-1); point; point = this.#points.at(-1)) {
      point.asleep.set(point.names[point.chosen] as string, point.footprint)
      point.chosen = nextOf(point)
      if (point.chosen >= 0) return true
      this.#points.pop()
    }
    return false
  }

  #newPoint(options: readonly Option[]): Point {
    const names = options.map(({ name }) => name)
    const asleep = new Map<string, Footprint>()
    const before = this.#points.at(-1)
    if (before && this.#reduces) {
      for (const [name, footprint] of before.asleep)
        if (names.includes(name) && commute(footprint, before.footprint)) asleep.set(name, footprint)
      // What could have come next and cannot any more has to come before what took it away.
      for (const name of before.names) if (name !== time && !names.includes(name)) before.wanted.add(name)
    }
    const first = names.find(name => !asleep.has(name))
    const isWanted = ({ name, isOptional }: Option) => !this.#reduces || isOptional || name === first
    const wanted = new Set(options.filter(isWanted).map(({ name }) => name))
    const point: Point = { options, names, wanted, asleep, chosen: -1, footprint: undefined }
    point.chosen = nextOf(point)
    return point
  }

  /** Has the other order of each two events that race be walked, too, unless it is. */
  #wantRaces(): void {
    for (const { at, instead } of racesOf(this.events)) {
      const { names, wanted, asleep } = this.#points[at] as Point
      const possible = instead.filter(name => names.includes(name))
      if (possible.some(name => wanted.has(name) || asleep.has(name))) continue
      const [one] = possible
      if (one !== undefined) wanted.add(one)
    }
  }
}

function nextOf({ names, wanted, asleep }: Point): number {
  return names.findIndex(name => wanted.has(name) && !asleep.has(name))
}

function requireSame({ names }: Point, options: readonly Option[]): void {
  if (names.length === options.length && options.every(({ name }, i) => name === names[i])) return
  const found = options.map(({ name }) => name).join(', ')
  throw simulationError(
    'SM_SIMULATION_WANDERS',
    `The same choices led to something else: ${names.join(', ')} could come next, and then ${found}`,
  )
}
