import { maxTime } from '../message/index.ts'

const TIMESTAMP = /^\d{4}-\d\d-(\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** Epoch milliseconds as RFC 3339 text in UTC: `2026-01-01T00:00:00.000Z`. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString()
}

/** Date.parse takes the 30th of February for a day of March. */
function isDayOfMonth(date: string, day: number): boolean {
  return day <= 28 || new Date(`${date}T00:00:00Z`).getUTCDate() === day
}

/** The epoch milliseconds of RFC 3339 text, finer fractions cut off; undefined when it is no time of 1970 to 9999. */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text)
  if (!match || !isDayOfMonth(text.slice(0, 10), Number(match[1]))) return undefined
  const ms = Date.parse(text.toUpperCase().replace(' ', 'T'))
  return ms >= 0 && ms <= maxTime ? ms : undefined
}
