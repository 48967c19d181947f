import type { MaybePromise } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'

/** Why a frame is given up. */
export interface RejectReason {
  readonly code: string
  readonly message: string
}

/** A frame that was given up, and why. */
export interface DeadLetter {
  readonly frame: Frame
  readonly reason: RejectReason
}

/** How a frame goes back. */
export interface NackOptions {
  /** How long from now it comes back at the earliest, in milliseconds. Default 0. */
  readonly delayMs?: number
  /** False when no handler began: the attempt does not grow, where the transport keeps that count itself. Default true. */
  readonly begun?: boolean
}

/**
 * One frame, handed to one consumer, to be settled once.
 *
 * Acknowledgement
 * - ACK-03 The attempt counts from 1 and grows by one with each redelivery after a try that began.
 * - ACK-04 Settling twice is harmless, and the first call wins.
 * - ACK-05 What a member held unsettled when it went away is delivered to another member.
 * - ACK-09 An at-most-once frame is never delivered again, whatever its settlement.
 */
export interface Delivery {
  readonly frame: Frame
  /** 1 for the first time this group gets the frame, one more for each redelivery, as far as the transport can count. */
  readonly attempt: number
  /**
   * How long ago the frame was published, in milliseconds, where the wire can tell without trusting that the clocks of both
   * sides agree. Without it, `header.time` and the clock of this side are compared.
   */
  readonly ageMs?: number | undefined
  /**
   * A handler is about to begin. Counts one more try of this frame by this group, where that count survives the process, and
   * tells how many have been counted. Absent where the wire keeps no such count: then a process that dies in the middle of
   * a try leaves no trace of it.
   */
  readonly begin?: (() => MaybePromise<number>) | undefined
  /**
   * The handler is done: never deliver it again.
   *
   * Acknowledgement
   * - ACK-01 An acked frame is not delivered again.
   */
  ack(): void
  /**
   * Not done: deliver it again, to this member or another.
   *
   * Acknowledgement
   * - ACK-02 A nacked frame is delivered again, under the same id.
   * - ACK-06 A nacked frame with a delay does not come back before it; where delays are not offered, it comes back all the same.
   * - ACK-07 A frame that is nacked again and again keeps no other frame from its handler.
   */
  nack(options?: NackOptions): void
  /**
   * Never to be done: do not deliver it again, and keep it as a dead letter where the transport can.
   *
   * Acknowledgement
   * - ACK-08 A rejected frame is not delivered again.
   * - ACK-10 A rejected frame is kept as a dead letter, once and with its reason, where dead letters are declared.
   * - ACK-11 Dead letters stay within their bound: the oldest make room.
   */
  reject(reason: RejectReason): void
}
