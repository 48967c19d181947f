import { maxTime } from '../message/index.ts'

const TIMESTAMP = /^\d{4}-\d\d-(\d\d)[T ]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:Z|[+-]\d\d:\d\d)$/i

/** Epoch milliseconds as RFC 3339 text in UTC: `2026-01-01T00:00:00.000Z`. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString()
}

/** The epoch milliseconds of RFC 3339 text, finer fractions cut off; undefined when it is no time of 1970 to 9999. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text)
  if (!match) return undefined
  const upper = text.toUpperCase().replace(' ', 'T')
  const ms = Date.parse(upper)
  // Date.parse turns the 30th of February into a day of March.
  const day = new Date(`${upper.slice(0, 10)}T00:00:00Z`).getUTCDate()
  return day === Number(match[1]) && ms >= 0 && ms <= maxTime ? ms : undefined
}
