import type { ChaosResult } from './run-chaos.ts'
import type { Strike } from './schedule.ts'

/** The gaps at faults of one kind, in milliseconds. */
export interface Gaps {
  readonly fault: Strike['fault']
  readonly count: number
  readonly median: number
  readonly p99: number
  readonly most: number
}

/** Of wires that carried more than this before they failed, in percent: the others were missed by nobody. */
const carriedMost = 50

/** The gaps of long runs, where the wire that failed was the one in use. */
export function gapsOf(results: readonly Pick<ChaosResult, 'outages'>[]): readonly Gaps[] {
  const outages = results.flatMap(result => result.outages).filter(({ carried }) => carried > carriedMost)
  return (['kill', 'freeze'] as const).map(fault => {
    const gaps = outages
      .filter(outage => outage.fault === fault)
      .map(({ gapMs }) => gapMs)
      .sort((a, b) => a - b)
    // The smallest that is not exceeded by more than this share of them.
    const quantile = (share: number) => gaps[Math.max(0, Math.ceil(share * gaps.length) - 1)] ?? 0
    return { fault, count: gaps.length, median: quantile(0.5), p99: quantile(0.99), most: quantile(1) }
  })
}
