// The part of a time that many messages share is made and read once.
let writtenSecond = { number: Number.NaN, text: '' }
let readMinute = { text: '', ms: Number.NaN }

/** A time, epoch milliseconds, as RFC 3339 has it. */
export function toTimestamp(ms: number): string {
  const number = Math.floor(ms / 1_000)
  if (number !== writtenSecond.number) writtenSecond = { number, text: new Date(ms).toISOString().slice(0, 20) }
  return `${writtenSecond.text}${String(ms - number * 1_000).padStart(3, '0')}Z`
}

/** Seconds and milliseconds of a time, behind its minute. */
const SECONDS = /^[0-5]\d\.\d{3}Z$/

/** The time of a text that {@link toTimestamp} wrote, epoch milliseconds. Undefined for any other. */
export function fromTimestamp(text: string): number | undefined {
  const [minute, seconds] = [text.slice(0, 17), text.slice(17)]
  if (!SECONDS.test(seconds)) return undefined
  if (minute !== readMinute.text) {
    const ms = Date.parse(`${minute}00.000Z`)
    if (!(ms >= 0) || new Date(ms).toISOString().slice(0, 17) !== minute) return undefined
    readMinute = { text: minute, ms }
  }
  return readMinute.ms + Number(seconds.slice(0, 2)) * 1_000 + Number(seconds.slice(3, 6))
}
