import { maxTime } from '../message/index.ts'

const TIMESTAMP = /^\d{4}-\d\d-(\d\d)[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** A moment in both forms. */
interface Moment {
  readonly ms: number
  readonly text: string
}

/** The last ones of each direction: many frames are of one millisecond. */
let written: Moment = { ms: 0, text: '1970-01-01T00:00:00.000Z' }
let read: Moment = written

/** Epoch milliseconds as RFC 3339 text in UTC: `2026-01-01T00:00:00.000Z`. */
export function formatTimestamp(ms: number): string {
  if (ms !== written.ms) written = { ms, text: new Date(ms).toISOString() }
  return written.text
}

/** Date.parse takes the 30th of February for a day of March. */
function isDayOfMonth(date: string, day: number): boolean {
  return day <= 28 || new Date(`${date}T00:00:00Z`).getUTCDate() === day
}

/** The epoch milliseconds of RFC 3339 text, finer fractions cut off; undefined when it is no time of 1970 to 9999. */
export function parseTimestamp(text: string): number | undefined {
  if (text === read.text) return read.ms
  const match = TIMESTAMP.exec(text)
  if (!match || !isDayOfMonth(text.slice(0, 10), Number(match[1]))) return undefined
  const ms = Date.parse(text.toUpperCase().replace(' ', 'T'))
  if (!(ms >= 0 && ms <= maxTime)) return undefined
  read = { ms, text }
  return ms
}
