import { describeThrown, smError } from '../errors/index.ts'

/**
 * How many of the transports that reach the receivers carry a message, and when its publish is done.
 *
 * - `first`, the default: a message to one agent goes by the first, and the others are in reserve; a broadcast goes by each that
 *   reaches a subscriber, and is done when all have taken it.
 * - `all`: by each, done when all have taken it.
 * - `any`: by each, done with the first that takes it. The others go on for the time that the publish has; what fails there is counted
 *   and logged.
 * - `quorum`: by each, done when most of those that could carry it have taken it, or so many as `{ quorum: n }` says, at least two. The
 *   others go on as with `any`. Fails at once with `SM_QUORUM_MISSING` where fewer work.
 * - `spread`: a message to one agent goes by one of those that work, in turn; messages with one `key` by the same. The others are
 *   in reserve.
 *
 * A transport on which a message only waits, since its wire is away or has no room, has not taken it. By an agent with several
 * transports for a message, `all`, `any` and `quorum` to an agent are refused with `SM_REPEAT_UNNOTICED` unless one instance is
 * addressed or the type says `repeats: 'allowed'`, since two instances could each handle a copy; `spread` without a receiver is
 * refused with `SM_ROUTE_POLICY`, since one transport would miss those who subscribe on another.
 */
export type Via = 'first' | 'all' | 'any' | 'quorum' | 'spread' | { readonly quorum: number }

const words: readonly unknown[] = ['first', 'all', 'any', 'quorum', 'spread']

/** Throws `SM_ROUTE_POLICY` for what is no {@link Via}. */
export function checkVia(whose: string, via: Via): void {
  if (words.includes(via)) return
  const options: object = Object(via)
  const { quorum } = options as { quorum?: unknown }
  if (Object.keys(options).join() !== 'quorum') {
    refuseVia(whose, `is ${describeThrown(via)}, which is none of ${words.join(', ')} and { quorum: n }`)
  }
  if (!Number.isInteger(quorum) || (quorum as number) < 2) {
    refuseVia(whose, `is a quorum of ${describeThrown(quorum)}, and it takes a whole number of 2 or more`)
  }
}

/** Refuses a {@link Via} that contradicts something else. */
export function refuseVia(whose: string, why: string): never {
  throw smError('SM_ROUTE_POLICY', `The via of ${whose} ${why}`, { details: { outcome: 'failed' } })
}
