import {
  backoffMs,
  type Clock,
  isPromise,
  isSmError,
  type MaybePromise,
  publishOutcome,
  type Random,
  sleep,
} from '@sm/core/transport'
import type { BridgeTally } from '../tally.ts'
import { handBack, isFinal, type OtherSide, type Passing } from './other-side.ts'
import type { Prepared } from './sender-lanes.ts'

/** How soon a message that the other side did not take is tried again. */
const backoff = { initialMs: 50, maxMs: 5_000, factor: 2, jitter: 0.5 }

/** A message at least once: it is tried under its id until the other side has it, or will never take it. */
class AtLeastOnceMessage implements Prepared {
  readonly #passing: Passing
  readonly #side: OtherSide
  readonly #deps: AtLeastOnceDeps
  #tries = 0
  /** Since when the other side, though it works, does not take it. */
  #refusedSince: number | undefined

  constructor(passing: Passing, side: OtherSide, deps: AtLeastOnceDeps) {
    this.#passing = passing
    this.#side = side
    this.#deps = deps
  }

  async send(): Promise<boolean> {
    this.#tries += 1
    try {
      const opening = this.#side.open(this.#passing.frame.header)
      if (isPromise(opening)) await opening
      const sent = this.#side.publish(this.#passing)
      this.#side.done(this.#passing, isPromise(sent) ? await sent : sent)
      return true
    } catch (error) {
      return this.#failed(error)
    }
  }

  async again(): Promise<void> {
    const { clock, random, ended } = this.#deps
    do {
      try {
        await sleep(clock, backoffMs(backoff, this.#tries, random), ended)
      } catch {
        return handBack(this.#passing.delivery)
      }
    } while (!(await this.send()))
  }

  /** Whether the message is done with, by a try that failed. */
  #failed(error: unknown): boolean {
    const { clock, ended, giveUpAfterMs, tally } = this.#deps
    const { delivery, frame } = this.#passing
    if (ended.aborted) {
      handBack(delivery)
      return true
    }
    this.#refusedSince = this.#isRefusal(error) ? (this.#refusedSince ?? clock.elapsed()) : undefined
    const isLate = this.#refusedSince !== undefined && clock.elapsed() - this.#refusedSince >= giveUpAfterMs
    if (isFinal(error) || isLate) {
      this.#side.reject(this.#passing, error)
      return true
    }
    const { expiresAt } = frame.header
    if (expiresAt !== undefined && clock.now() > expiresAt) {
      tally.add('expired')
      delivery.ack()
      return true
    }
    this.#tell(error)
    return false
  }

  /** Whether the other side works, and does not take it now: for that there is a limit; an outage has none. */
  #isRefusal(error: unknown): boolean {
    if (!this.#side.isReady) return false
    return !isSmError(error) || error.code === 'SM_ROUTE_NONE' || error.code === 'SM_BRIDGE_REPLIES'
  }

  #tell(error: unknown): void {
    const { tally } = this.#deps
    tally.add('repeated')
    tally.tell(
      this.#tries === 1 ? 'warn' : 'debug',
      this.#passing.frame.header,
      'A message waits for the other side of a bridge',
      { error, outcome: publishOutcome(error), transport: this.#side.name },
    )
  }
}

/** What messages at least once need. */
export interface AtLeastOnceDeps {
  readonly giveUpAfterMs: number
  readonly tally: BridgeTally
  readonly clock: Clock
  readonly random: Random
  /** Aborts when nothing is carried any more. */
  readonly ended: AbortSignal
}

/** Makes a message at least once ready to leave. */
export function prepareAtLeastOnce(passing: Passing, side: OtherSide, deps: AtLeastOnceDeps): MaybePromise<Prepared> {
  const message = new AtLeastOnceMessage(passing, side, deps)
  const ready = () => message
  try {
    const opening = side.open(passing.frame.header)
    if (isPromise(opening)) return opening.then(ready, ready)
  } catch {
    // The first try meets the same fault, and says what becomes of the message.
  }
  return message
}
