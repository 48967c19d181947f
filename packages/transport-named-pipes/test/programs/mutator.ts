/** Random and changed bytes, the same for the same seed. */
export interface Mutator {
  below(limit: number): number
  pick<T>(list: readonly T[]): T
  garbage(most: number): Buffer
  /** A copy with some bytes changed, cut out, doubled or put in. */
  mutated(bytes: Uint8Array): Buffer
  /** Packets that no peer may send. */
  ruinous(messages: readonly Buffer[]): Buffer
}

export function createMutator(seed: number): Mutator {
  let state = seed >>> 0
  /** mulberry32. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (limit: number) => next() % Math.max(1, limit)
  const pick = <T>(list: readonly T[]) => list[below(list.length)] as T
  const garbage = (most: number) => Buffer.from(Array.from({ length: 1 + below(most) }, () => below(256)))
  const interesting = [0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x0a, 0x22, 0x7b]

  const mutated = (bytes: Uint8Array) => {
    let result = Buffer.from(bytes)
    for (let i = 1 + below(4); i > 0; i--) {
      const at = below(result.length)
      const what = below(8)
      if (what === 0) result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + below(8))])
      else if (what === 1) result = Buffer.concat([result.subarray(0, at), garbage(8), result.subarray(at)])
      else if (what === 2) result = Buffer.concat([result, result.subarray(at)]).subarray(0, 4_096)
      else if (what === 3) result = Buffer.from(result.subarray(0, at))
      else if (result.length > 0) result[at] = what === 4 ? pick(interesting) : (result[at] as number) ^ (1 << below(8))
    }
    return result
  }

  const framed = (kind: number, payload: Buffer, length = payload.length) => {
    const head = Buffer.alloc(5)
    head.writeUInt32BE(length)
    head[4] = kind
    return Buffer.concat([head, payload])
  }

  const ruinous = (messages: readonly Buffer[]) => {
    const kinds = [
      () => garbage(600),
      // A length that nobody would allocate.
      () => framed(5, garbage(20), 0xffff_ffff - below(1_000)),
      () => framed(15 + below(240), garbage(50)),
      // A second hello, half a message, a message for an interest that nobody has.
      () => framed(1, Buffer.from('{}')),
      () => framed(5, Buffer.from(pick(messages).subarray(0, below(8)))),
      () =>
        framed(3, pick([garbage(100), Buffer.from('{"add":[{}],"remove":[]}'), Buffer.from('{"add":{},"remove":3}')])),
      () =>
        framed(
          3,
          Buffer.from(
            `{"add":[{"id":1,"group":"g","credit":9,"target":{"kind":"pattern","pattern":"../${'*'.repeat(90)}"}}],"remove":[]}`,
          ),
        ),
      // A large frame that is too large, one that is small, and parts of one that nobody announced.
      () => framed(6, Buffer.concat([garbage(8), pick(messages).subarray(0, 8)])),
      () => framed(6, Buffer.alloc(16, 0xff)),
      () => framed(7, garbage(300)),
      // Reports of frames that nobody sent.
      () => framed(pick([8, 9]), Buffer.alloc(8, 0xff)),
      () => framed(pick([8, 9, 10, 11]), garbage(17)),
      () => framed(pick([12, 13, 4, 2]), garbage(30)),
      () => mutated(framed(5, pick(messages))),
    ]
    return Buffer.concat(Array.from({ length: 1 + below(3) }, () => pick(kinds)()))
  }

  return { below, pick, garbage, mutated, ruinous }
}
