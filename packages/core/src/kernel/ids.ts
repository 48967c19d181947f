import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** Makes unique names for messages and instances. */
export interface Ids {
  /** A ULID for the moment `now` (default: the clock's): 26 characters, greater than every one before it. */
  next(now?: number): string
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Two characters for each 10-bit number, so that a counter is written by two look-ups. */
const PAIRS = Array.from({ length: 1024 }, (_, n) => `${ALPHABET[n >> 5]}${ALPHABET[n & 31]}`)
const COUNTER_END = 1 << 20

function timePart(ms: number): string {
  let text = ''
  for (let rest = ms, i = 0; i < 5; i++, rest = Math.floor(rest / 1024)) text = PAIRS[rest % 1024] + text
  return text
}

/**
 * Monotonic ULIDs. Within a millisecond the last 20 bits count up from a random start, the 60 bits before them stay;
 * a millisecond that runs out of numbers borrows the next one.
 */
export function createUlids(clock: Clock, random: Random): Ids {
  let lastMs = -1
  let prefix = ''
  let counter = 0

  const begin = (ms: number) => {
    lastMs = ms
    prefix = timePart(ms)
    for (let i = 0; i < 6; i++) prefix += PAIRS[random.uint32() >>> 22]
    // Half of the range is left to count in.
    counter = random.uint32() >>> 13
  }

  return {
    next(now = clock.now()) {
      if (now > lastMs) begin(now)
      else if (++counter === COUNTER_END) begin(lastMs + 1)
      return prefix + PAIRS[counter >> 10] + PAIRS[counter & 1023]
    },
  }
}

/** True for 26 characters of Crockford's base 32. */
export function isUlid(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
}
