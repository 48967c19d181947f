import type { Header } from '@sm/core/transport'

/**
 * The packets of the wire protocol. `docs/reference/wire-protocol.md` describes them well enough to write a peer in
 * another language. Integers are big-endian; a packet is its payload's length (4 bytes), its kind (1 byte), its payload.
 */
export const wireMajor = 1
/** Minor version of the wire protocol: peers may differ in it. */
export const wireMinor = 1

/** Bytes before the payload of a packet. */
export const packetHead = 5

/** Largest payload before the handshake is done: no peer that has not said who it is gets more memory than this. */
export const maxHelloBytes = 16_384

/** Largest part of a frame that goes as one packet; a larger frame goes in chunks. */
export const chunkBytes = 65_536

/** Largest payload of a packet after the handshake. */
export const maxPacketBytes = chunkBytes + 1_024

export const packet = {
  /** JSON: who speaks, and how. The first packet of each side. */
  hello: 1,
  /** JSON `{ code, message }`: the link is refused. The last packet. */
  refuse: 2,
  /** JSON `{ add, remove }`: what this side wants, and no longer wants. */
  interest: 3,
  /** JSON `{ from, keys }`: records that the packed bodies of this side will refer to. */
  records: 4,
  /** A frame: interest u16, marks u8, attempt u8, sequence u32, frame. */
  message: 5,
  /** The first part of a large frame: stream u32, length u32, then as `message` as far as the chunk goes. */
  first: 6,
  /** A further part: stream u32, bytes. */
  chunk: 7,
  /** Frames have arrived: ranges (first u32, count u32). */
  accept: 8,
  /** Frames have been handled, or will never be: ranges. */
  settle: 9,
  /** A frame comes back: sequence u32, delay in milliseconds u32 ({@link unbegunDelay}), or {@link untouched}. */
  nack: 10,
  /** How much may have been sent in all: (interest u16, bytes u32 modulo 2³²) repeated. */
  credit: 11,
  /** Asks for an answer: number u32. */
  ping: 12,
  /** Answers a ping: its number u32, the time u64. All that was sent before is received before. */
  pong: 13,
  /** The side that says so will send nothing more. */
  bye: 14,
  /** A header that messages will refer to: number u8, a frame without a body. */
  header: 15,
} as const

/** The delay of a frame that comes back without having been handed to a consumer: that try does not count. */
export const untouched = 0xffff_ffff

/** Added to the delay of a frame with which no handler has begun: that try does not count. From wire minor 1 on. */
const unbegun = 0x8000_0000

/** The delay of a frame that comes back without having been begun. */
export function unbegunDelay(delayMs: number): number {
  return delayMs === untouched ? untouched : unbegun + Math.min(Math.round(delayMs), unbegun - 2)
}

/** The meaning of a delay: how long, and whether a handler began. */
export function readDelay(delay: number): { readonly delayMs: number; readonly begun: boolean } {
  const begun = delay < unbegun
  return { delayMs: begun || delay === untouched ? delay : delay - unbegun, begun }
}

/** Whether a peer tells such delays from others. */
export function knowsUnbegun(peer: { readonly wire: { readonly minor: number } } | undefined): boolean {
  return (peer?.wire.minor ?? 0) >= 1
}

/** Bits of the marks of a message. */
export const mark = {
  /** At-least-once: it has a sequence and will be settled. */
  reliable: 1,
  /** The body is packed with the records of the sender. */
  packed: 2,
  /** In place of its header the frame has the number of one that was told, and what differs from it. */
  known: 4,
} as const

/** Bytes of a message before its frame. */
export const messageHead = 8

/** Most header kinds that are told on one link. */
export const maxHeaderKinds = 64

/** Largest packet that tells a header kind. */
export const maxKindBytes = 4_096

/** Bytes of an id that goes without its length: a ULID. */
export const ulidBytes = 26

/** Whether it is a digit or a capital letter, of which such an id is made. */
export function isIdByte(byte: number): boolean {
  return byte <= 0x39 ? byte >= 0x30 : byte >= 0x41 && byte <= 0x5a
}

/** Bytes between the head and the body of a message that names its header kind. */
export function bytesBesideKind(header: Header): number {
  const ids = 1 + (header.correlationId === undefined ? 0 : 1) + (header.causationId === undefined ? 0 : 1)
  return 1 + (header.expiresAt === undefined ? 8 : 16) + ids * ulidBytes
}

/** The cost of a frame against the credit of its interest: its bytes, and what its handling takes. */
export function costOf(frameBytes: number): number {
  return frameBytes + 64
}
