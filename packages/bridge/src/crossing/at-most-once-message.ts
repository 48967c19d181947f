import { isPromise, type MaybePromise } from '@sm/core/transport'
import type { OtherSide, Passing } from './other-side.ts'
import type { Prepared } from './sender-lanes.ts'

/** A message at most once: it leaves in its turn, and what follows does not wait for its end. */
class AtMostOnceMessage implements Prepared {
  readonly #passing: Passing
  readonly #side: OtherSide

  constructor(passing: Passing, side: OtherSide) {
    this.#passing = passing
    this.#side = side
  }

  send(): undefined {
    const failed = (error: unknown) => this.#side.lost(this.#passing, error)
    try {
      const sent = this.#side.publish(this.#passing)
      if (isPromise(sent)) sent.then(receipt => this.#side.done(this.#passing, receipt), failed)
      else this.#side.done(this.#passing, sent)
    } catch (error) {
      failed(error)
    }
    return undefined
  }

  /** It is never tried again. */
  async again(): Promise<void> {}
}

/** Makes a message at most once ready to leave; undefined when it is lost before. */
export function prepareAtMostOnce(passing: Passing, side: OtherSide): MaybePromise<Prepared | undefined> {
  const message = new AtMostOnceMessage(passing, side)
  const failed = (error: unknown) => side.lost(passing, error)
  try {
    const opening = side.open(passing.frame.header)
    if (!isPromise(opening)) return message
    // Nothing is promised of it, so that it waits for no wire to come back.
    if (!side.isReady) throw side.away(passing.frame)
    return opening.then(() => message, failed)
  } catch (error) {
    return failed(error)
  }
}
