import type { Header } from '@sm/core/transport'

/** How far two clocks may be apart before one of them is taken to be wrong, in milliseconds. */
const toleranceMs = 1_000

/** Whether the times of a header can be right by the clock of this side, for a frame that its broker has kept alive. */
function isPlausible({ time, expiresAt }: Header, now: number): boolean {
  return time - now <= toleranceMs && (expiresAt === undefined || now - expiresAt <= toleranceMs)
}

/**
 * How old a frame is that came from a broker which drops by itself what has expired: one that seems to have, or that comes from
 * the future, was sent by another clock than that of this side. Undefined where the clocks seem to agree.
 */
export function ageFromExpiringBroker(header: Header, now: number): number | undefined {
  return header.expiresAt === undefined || isPlausible(header, now) ? undefined : 0
}

/** The life of such a frame that is left, in milliseconds. */
export function lifeLeftMs(header: Header, now: number): number | undefined {
  if (header.expiresAt === undefined) return undefined
  return Math.max(0, header.expiresAt - (isPlausible(header, now) ? now : header.time))
}
