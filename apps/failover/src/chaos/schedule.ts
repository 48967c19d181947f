import type { Random } from '@sm/core'
import { createSeededRandom } from '@sm/core/testing'
import { type WireName, wireNames } from '../faults.ts'

/** A wire fails. `freeze` of named pipes, which have no process of their own, is that nothing passes. */
export interface Strike {
  readonly wire: WireName
  readonly fault: 'kill' | 'freeze'
  /** How long the next strike, or the end of the round, waits after this one, in milliseconds. */
  readonly thenMs: number
}

/** The wires fail one after the other from the top of the ladder, and all are mended before the last one fails. */
export interface Round {
  readonly strikes: readonly Strike[]
  /** How long they have after that to be used again, in milliseconds. */
  readonly calmMs: number
  readonly last: Strike
}

/** What a seed decides. */
export interface Schedule {
  readonly ladder: readonly WireName[]
  /** Without an end. Of two rounds each wire is killed in one and frozen in the other. */
  readonly rounds: Generator<Round>
}

/** Longer than it takes to leave a frozen wire. */
const strikeMs = { least: 1_600, most: 2_600 }
/** Longer than it takes to prefer a wire again. */
const calmMs = { least: 2_000, most: 3_000 }

/** The order of the wires, and when which of them fails how. */
export function scheduleOf(seed: number): Schedule {
  const random = createSeededRandom(seed)
  const ladder = shuffled(wireNames, random)
  return { ladder, rounds: rounds(ladder, random) }
}

function* rounds(ladder: readonly WireName[], random: Random): Generator<Round> {
  for (;;) {
    const killed = new Set(shuffled(ladder, random).slice(0, ladder.length / 2))
    for (const isFirst of [true, false]) {
      const strikes = ladder.map(wire => ({
        wire,
        fault: killed.has(wire) === isFirst ? ('kill' as const) : ('freeze' as const),
        thenMs: between(strikeMs, random),
      }))
      yield { strikes: strikes.slice(0, -1), calmMs: between(calmMs, random), last: strikes.at(-1) as Strike }
    }
  }
}

/** A uniform number in [0, 1). */
const fraction = (random: Random) => random.uint32() / 2 ** 32

function between({ least, most }: { readonly least: number; readonly most: number }, random: Random): number {
  return Math.round(least + fraction(random) * (most - least))
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  return items
    .map(item => ({ item, at: fraction(random) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
