import { fraction, type Random } from './random.ts'

/** Waits that grow from try to try. */
export interface BackoffOptions {
  /** The longest first wait, in milliseconds. */
  readonly initialMs: number
  /** The longest of all waits, in milliseconds. */
  readonly maxMs: number
  /** How much longer each wait may be than the one before. */
  readonly factor: number
  /** The share of a wait that is left to chance, 0 … 1, so that many who wait do not all return at once. */
  readonly jitter: number
}

/** The backoff of retries that are given none: 100 ms, doubling up to 30 s, up to half of it by chance. */
export const defaultBackoff: BackoffOptions = { initialMs: 100, maxMs: 30_000, factor: 2, jitter: 0.5 }

/** The longest wait before try `attempt + 1`, chance aside; `attempt` counts from 1. */
export function backoffCeilingMs(options: BackoffOptions, attempt: number): number {
  return Math.min(options.maxMs, options.initialMs * options.factor ** (attempt - 1))
}

/** How long to wait, in milliseconds, after try number `attempt` (from 1) has failed. */
export function backoffMs(options: BackoffOptions, attempt: number, random: Random): number {
  const ceiling = backoffCeilingMs(options, attempt)
  return Math.round(ceiling * (1 - options.jitter * fraction(random)))
}
