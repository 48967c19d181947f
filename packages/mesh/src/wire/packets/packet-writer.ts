import { type Frame, writeFrame } from '@sm/core/transport'
import type { Output } from './output.ts'
import { mark, messageHead, packet, untouched } from './packet.ts'

/** The facts of a frame that stand ahead of it. */
export interface MessageHead {
  readonly interest: number
  readonly reliable: boolean
  /** Whether the body is packed with the records of the sender. */
  readonly packed: boolean
  readonly attempt: number
  /** 0 for an at-most-once frame. */
  readonly sequence: number
}

/** Writes the head of a message at `at` and returns where it ends. */
export function writeHead(target: Buffer, at: number, head: MessageHead): number {
  target.writeUInt16BE(head.interest, at)
  target[at + 2] = (head.reliable ? mark.reliable : 0) | (head.packed ? mark.packed : 0)
  target[at + 3] = Math.min(head.attempt, 0xff)
  return target.writeUInt32BE(head.sequence, at + 4)
}

/** Writes a time in milliseconds since 1970 at `at` and returns where it ends. */
export function writeMoment(target: Buffer, at: number, ms: number): number {
  target.writeUInt32BE(Math.floor(ms / 0x1_0000_0000), at)
  return target.writeUInt32BE(ms % 0x1_0000_0000, at + 4)
}

/** A frame that goes in one packet. */
export function writeMessage(output: Output, head: MessageHead, frame: Frame, frameBytes: number): void {
  const target = output.begin(packet.message, messageHead + frameBytes)
  output.end(writeFrame(frame, target, writeHead(target, output.at, head)))
}

/** A packet of one number. */
export function writeNumber(output: Output, kind: number, number: number): void {
  const target = output.begin(kind, 4)
  output.end(target.writeUInt32BE(number, output.at))
}

/** The answer to a ping, with the time here in milliseconds since 1970. */
export function writePong(output: Output, number: number, time: number): void {
  const target = output.begin(packet.pong, 12)
  const at = target.writeUInt32BE(number, output.at)
  output.end(target.writeBigUInt64BE(BigInt(Math.max(0, Math.trunc(time))), at))
}

/** A packet of JSON. */
export function writeJson(output: Output, kind: number, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value))
  const target = output.begin(kind, bytes.length)
  output.end(output.at + bytes.copy(target, output.at))
}

/** A packet without a payload. */
export function writeEmpty(output: Output, kind: number): void {
  output.begin(kind, 0)
  output.end(output.at)
}

/** A frame that comes back. */
export function writeNack(output: Output, sequence: number, delayMs: number): void {
  const target = output.begin(packet.nack, 8)
  const at = target.writeUInt32BE(sequence, output.at)
  output.end(target.writeUInt32BE(delayMs === untouched ? untouched : Math.min(Math.round(delayMs), untouched - 1), at))
}
