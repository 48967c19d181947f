import { gapsBetween, type Handled, type HistoryLine, lastPublishOf } from '../history.ts'
import type { Strike } from './schedule.ts'

/** A strike that has been, and what came of it. */
export interface Outage extends Pick<Strike, 'wire' | 'fault'> {
  /** How much of what was handled in the second before came by this wire, in percent. */
  readonly carried: number
  /** Longest time in which nothing was handled between this strike and the next event, in milliseconds. */
  readonly gapMs: number
}

/** A strike and its time: epoch milliseconds from the moment at which the wire fails to the next event. */
export interface StrikeTime extends Pick<Strike, 'wire' | 'fault'> {
  readonly at: number
  readonly until: number
}

const beforeMs = 1_000

/** What came of strikes, by the history of the run. */
export function outagesOf(strikes: readonly StrikeTime[], entries: readonly HistoryLine[]): readonly Outage[] {
  const handled = entries.filter(entry => entry.kind === 'handled').sort((a, b) => a.at - b.at)
  const lastPublish = lastPublishOf(entries)
  const moments = handled.map(({ at }) => at)
  return strikes.map(({ wire, fault, at, until }) => {
    let gapMs = 0
    for (const gap of gapsBetween(moments, lastPublish)) {
      // Of two strikes it is that of the one after which most of it was.
      const middle = (gap.from + gap.until) / 2
      if (middle >= at && middle < until) gapMs = Math.max(gapMs, Math.round(gap.until - gap.from))
    }
    return { wire, fault, carried: carriedBy(wire, at, handled), gapMs }
  })
}

function carriedBy(wire: string, at: number, handled: readonly Handled[]): number {
  const before = handled.filter(line => line.at >= at - beforeMs && line.at < at)
  const byWire = before.filter(line => line.wire === wire)
  return before.length === 0 ? 0 : Math.round((100 * byWire.length) / before.length)
}
