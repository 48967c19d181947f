import { randomFillSync } from 'node:crypto'

/** Where randomness comes from. Injected, so that a seed replays a run. */
export interface Random {
  /** A uniform integer in 0 … 2³²−1. */
  uint32(): number
}

const pool = new Uint32Array(256)
let used = pool.length

/** Randomness of the operating system, drawn a kilobyte at a time. */
export const systemRandom: Random = {
  uint32() {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    return pool[used++] as number
  },
}

/** A repeatable sequence (mulberry32) for tests and simulations. Never for keys or ids that must be unguessable. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    uint32() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = state
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return (t ^ (t >>> 14)) >>> 0
    },
  }
}

/** A uniform number in [0, 1). */
export function fraction(random: Random): number {
  return random.uint32() / 0x1_0000_0000
}
