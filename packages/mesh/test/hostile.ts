import { encodeFrame, type Random } from '@sm/core/transport'
import { chunkBytes, packet, packetHead } from '../src/wire/packets/packet.ts'
import { helloOf, packetOf, words } from './raw-peer.ts'
import { makeFrame } from './world.ts'

const frame = encodeFrame(makeFrame('a', { some: 'payload', of: [1, 2, 3] }, { key: 'k', extensions: { tenant: 'x' } }))
/** A header that is told as number 1, and a message that refers to it. */
const told = encodeFrame(makeFrame('01JD0000000000000000000000', Buffer.alloc(0), { expiresAt: 1 }))
const short = Buffer.concat([Buffer.from([1]), words(0, 7, 0, 9), Buffer.from('01JD0000000000000000000009{}')])
const large = encodeFrame(makeFrame('large', 'x'.repeat(chunkBytes + 10_000)))

/** Interest 1, at-least-once, first attempt. */
const head = (sequence: number) => Buffer.concat([Buffer.from([0, 1, 1, 1]), words(sequence)])

const interest = {
  add: [{ id: 3, target: { kind: 'pattern', pattern: 'order.*' }, group: 'stranger', credit: 10_000 }],
  remove: [],
}

/** The packets that a peer may send after its hello, one of each. */
export const valid: readonly Buffer[] = [
  packetOf(packet.interest, interest),
  packetOf(packet.interest, { add: [], remove: [3] }),
  packetOf(packet.records, { from: 0, keys: [['a', 'b']] }),
  packetOf(packet.header, Buffer.concat([Buffer.from([1]), told])),
  packetOf(packet.message, Buffer.concat([Buffer.from([0, 1, 5, 1]), words(5), short])),
  packetOf(packet.message, Buffer.concat([head(1), frame])),
  packetOf(packet.message, Buffer.concat([Buffer.from([0, 1, 3, 1]), words(2), frame])),
  packetOf(packet.message, Buffer.concat([Buffer.from([0, 1, 0, 1]), words(0), frame])),
  packetOf(packet.message, Buffer.concat([Buffer.from([0, 9, 1, 1]), words(3), frame])),
  packetOf(packet.first, Buffer.concat([words(1, large.length), head(4)])),
  packetOf(packet.chunk, Buffer.concat([words(1), large.subarray(0, chunkBytes)])),
  packetOf(packet.chunk, Buffer.concat([words(1), large.subarray(chunkBytes)])),
  packetOf(packet.accept, words(1, 2)),
  packetOf(packet.settle, words(1, 1, 2, 1)),
  packetOf(packet.nack, words(1, 0)),
  packetOf(packet.credit, Buffer.concat([Buffer.from([0, 3]), words(50_000)])),
  packetOf(packet.ping, words(7)),
  packetOf(packet.pong, words(7)),
  packetOf(packet.refuse, { code: 'SM_X', message: 'no' }),
  packetOf(packet.bye),
]

/** A hello as it should be. */
export function helloBytes(instance: string): Buffer {
  return packetOf(packet.hello, helloOf('stranger', instance))
}

/** A source of bad bytes that a seed repeats. */
export class Mutator {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  below(n: number): number {
    return this.#random.uint32() % n
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length)
    for (let i = 0; i < length; i++) bytes[i] = this.#random.uint32()
    return bytes
  }

  /** Some other bytes: a few changed, removed, repeated or put in. The length may be made to fit again. */
  mutate(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes)
    const at = this.below(copy.length)
    const rest = this.below(16) + 1
    const changed = [
      () => this.#poke(copy),
      () => Buffer.concat([copy.subarray(0, at), copy.subarray(at + rest)]),
      () => Buffer.concat([copy.subarray(0, at), this.bytes(rest), copy.subarray(at)]),
      () => Buffer.concat([copy.subarray(0, at), copy.subarray(Math.max(0, at - rest))]),
      () => this.bytes(this.below(64)),
    ][this.below(5)]?.() as Buffer
    // Mostly with a length that fits, so that what is within gets read.
    if (changed.length >= packetHead && this.below(8) > 0) changed.writeUInt32BE(changed.length - packetHead)
    return changed
  }

  #poke(bytes: Buffer): Buffer {
    for (let n = this.below(4) + 1; n > 0; n--) bytes[this.below(bytes.length)] = this.#random.uint32()
    return bytes
  }
}
