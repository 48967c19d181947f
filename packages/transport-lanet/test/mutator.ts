import { createSeededRandom } from '@sm/core/testing'

/** Random and changed bytes, the same for the same seed. */
export interface Mutator {
  below(limit: number): number
  garbage(most: number): Buffer
  /** A copy with some bytes changed, cut out, doubled or put in: not what it was, and not that with more behind it. */
  mutated(bytes: Uint8Array): Buffer
}

export function createMutator(seed: number): Mutator {
  const random = createSeededRandom(seed)
  const below = (limit: number) => random.uint32() % Math.max(1, limit)
  const garbage = (most: number) => Buffer.from(Array.from({ length: 1 + below(most) }, () => below(256)))

  const once = (bytes: Buffer): Buffer => {
    const at = below(bytes.length)
    switch (below(6)) {
      case 0:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(8))])
      case 1:
        return Buffer.concat([bytes.subarray(0, at), garbage(8), bytes.subarray(at)])
      case 2:
        return Buffer.concat([bytes, bytes.subarray(at)]).subarray(0, 4_096)
      case 3:
        return bytes.subarray(0, at)
      default:
        if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << below(8))
        return bytes
    }
  }

  const mutated = (original: Uint8Array) => {
    const before = Buffer.from(original)
    let bytes = Buffer.from(original)
    do for (let i = 1 + below(3); i > 0; i--) bytes = Buffer.from(once(bytes))
    while (bytes.subarray(0, before.length).equals(before))
    return bytes
  }

  return { below, garbage, mutated }
}
