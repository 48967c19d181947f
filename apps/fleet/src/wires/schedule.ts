import { createSeededRandom } from '@sm/core/testing'
import type { WireName } from './wire-name.ts'

/** A wire that is to be killed. */
export interface WireKill {
  readonly wire: WireName
  /** How long it waits after what was before: the beginning, or the mending of the last one. In milliseconds. */
  readonly afterMs: number
  /** How long the wire is gone, in milliseconds. */
  readonly goneMs: number
}

/** The wire that is preferred is killed in the middle of a run, and mended a fifth of its time later. */
export function killOnce([wire]: readonly WireName[], forMs: number, elapsedMs: number): readonly WireKill[] {
  return wire === undefined ? [] : [{ wire, afterMs: Math.max(0, forMs / 2 - elapsedMs), goneMs: forMs / 5 }]
}

/** Long enough for some messages to take another way, and for the wire to be preferred again afterwards in most cases. */
const goneMs = { least: 300, most: 1_500 }
const calmMs = { least: 500, most: 2_500 }

/** One wire after the other, without an end: the seed decides which, when and for how long. */
export function* killAgain(wires: readonly WireName[], seed: number): Generator<WireKill> {
  const random = createSeededRandom(seed)
  const between = ({ least, most }: typeof goneMs) => least + (random.uint32() % (most - least + 1))
  while (wires.length > 0) {
    const wire = wires[random.uint32() % wires.length] as WireName
    yield { wire, afterMs: between(calmMs), goneMs: between(goneMs) }
  }
}
