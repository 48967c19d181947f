import type { Random } from '../src/kernel/index.ts'

/** Lengths that attack whoever allocates, loops or computes by them. */
const lengths = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

/** Bytes that are worth writing into text: the marks of JSON, of headers and of UTF-8, and values that no payload can have. */
const tokens = [
  ...['{', '}', '[', ']', '"', ':', ',', '\\', '\n', '%', '=', ';', ' ', '\0', '\u007f', '-', '.', '/', '*', '#'],
  ...['1e999', '-0', 'null', 'true', '1.5', '""', '\\ud800', '\\u0000', '"__proto__":', 'ce-', ': ', '%C0%A0', '%zz'],
  ...['"data":', '"data_base64":', '"id":', '"smversion":', '"smencodings":', '[[[[[[[[', '../', 'application/json'],
].map(token => Buffer.from(token))

const broken = [[0xff], [0xc0, 0xa0], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]].map(bytes =>
  Buffer.from(bytes),
)

function below(random: Random, end: number): number {
  return random.uint32() % Math.max(1, end)
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)] as T
}

type Mutation = (bytes: Buffer, other: Buffer, random: Random) => Buffer

function insert(bytes: Buffer, at: number, what: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)])
}

/** Every change leaves its input alone and makes bytes of its own. */
const mutations: readonly Mutation[] = [
  function flipBit(bytes, _, random) {
    const result = Buffer.from(bytes)
    const at = below(random, bytes.length)
    if (bytes.length > 0) result[at] = (result[at] as number) ^ (1 << below(random, 8))
    return result
  },
  function setByte(bytes, _, random) {
    const result = Buffer.from(bytes)
    if (bytes.length > 0) result[below(random, bytes.length)] = random.uint32() & 0xff
    return result
  },
  function insertBytes(bytes, _, random) {
    const what = Buffer.from(Array.from({ length: 1 + below(random, 8) }, () => random.uint32() & 0xff))
    return insert(bytes, below(random, bytes.length + 1), what)
  },
  function insertToken(bytes, _, random) {
    return insert(bytes, below(random, bytes.length + 1), pick(random, random.uint32() & 7 ? tokens : broken))
  },
  function remove(bytes, _, random) {
    const at = below(random, bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 16))])
  },
  function truncate(bytes, _, random) {
    return Buffer.from(bytes.subarray(0, below(random, bytes.length)))
  },
  function splice(bytes, other, random) {
    return Buffer.concat([
      bytes.subarray(0, below(random, bytes.length + 1)),
      other.subarray(below(random, other.length + 1)),
    ])
  },
  function repeat(bytes, _, random) {
    const from = below(random, bytes.length)
    const part = bytes.subarray(from, from + 1 + below(random, 64))
    return insert(bytes, from, Buffer.concat(Array.from({ length: 1 + below(random, 20) }, () => part)))
  },
  function attackLength(bytes, _, random) {
    const width = pick(random, [1, 2, 4])
    if (bytes.length < width) return Buffer.from(bytes)
    const result = Buffer.from(bytes)
    // Half of the attacks go to the front, where the length fields are.
    const reach = random.uint32() & 1 ? Math.min(bytes.length, 64) : bytes.length
    const length = random.uint32() & 3 ? pick(random, lengths) : Math.max(0, bytes.length + below(random, 5) - 2)
    result.writeUIntBE(length % 2 ** (8 * width), below(random, reach - width + 1), width)
    return result
  },
]

/** `bytes` with one to four random changes; `other` lends the parts for splices. */
export function mutate(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let result = bytes
  for (let i = 1 + below(random, 4); i > 0; i--) result = pick(random, mutations)(result, other, random)
  return result
}
