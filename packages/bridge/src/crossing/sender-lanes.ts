import { Deque, isPromise, type MaybePromise } from '@sm/core/transport'

/** A message that is ready to leave. */
export interface Prepared {
  /** Begins its first try. Resolves with whether it is done with; false when it has to be tried again. Undefined: nothing is waited for. */
  send(): Promise<boolean> | undefined
  /** Tries it again and again until it is done with. */
  again(): Promise<void>
}

/** Makes a message ready. Undefined: it is done with. Like what it makes, it neither throws nor rejects. */
type Prepare = () => MaybePromise<Prepared | undefined>

/**
 * Messages of one sender leave in the order in which they came, and at most so many are under way at once. When one of them fails, no further
 * one leaves until those that have failed are done with, one after the other. Other senders go on. How many wait is bounded by the
 * prefetch of the subscriptions that they come from.
 */
export class SenderLanes {
  readonly #maxInFlight: number
  /** Lanes that have something under way, with what waits behind it. */
  readonly #lanes = new Map<string, SenderLane>()

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight
  }

  /** How many lanes have something under way. */
  get busy(): number {
    return this.#lanes.size
  }

  /** Has a message leave once it is its turn: at once where nothing is before it. */
  add(sender: string, prepare: Prepare): void {
    let lane = this.#lanes.get(sender)
    if (!lane) {
      lane = new SenderLane(this.#maxInFlight, () => void this.#lanes.delete(sender))
      this.#lanes.set(sender, lane)
    }
    lane.add(prepare)
  }
}

/** A message that has left. */
interface UnderWay {
  readonly prepared: Prepared
  failed: boolean
}

/** The messages of one sender. */
class SenderLane {
  readonly #maxInFlight: number
  readonly #onEmpty: () => void
  readonly #waiting = new Deque<Prepare>()
  /** Ready, and next to leave. */
  #next: Prepared | undefined
  #preparing = false
  #underWay: UnderWay[] = []
  #recovering = false

  constructor(maxInFlight: number, onEmpty: () => void) {
    this.#maxInFlight = maxInFlight
    this.#onEmpty = onEmpty
  }

  add(prepare: Prepare): void {
    this.#waiting.push(prepare)
    this.#advance()
  }

  #advance(): void {
    while (!this.#preparing && !this.#recovering && this.#underWay.length < this.#maxInFlight) {
      const ready = this.#next
      if (ready) {
        this.#next = undefined
        this.#send(ready)
        continue
      }
      const prepare = this.#waiting.shift()
      if (!prepare) break
      const prepared = prepare()
      if (isPromise(prepared)) this.#await(prepared)
      else this.#next = prepared
    }
    if (!this.#preparing && !this.#next && this.#underWay.length === 0 && this.#waiting.length === 0) this.#onEmpty()
  }

  #await(preparing: Promise<Prepared | undefined>): void {
    this.#preparing = true
    void preparing.then(prepared => {
      this.#preparing = false
      this.#next = prepared
      this.#advance()
    })
  }

  #send(prepared: Prepared): void {
    const sent = prepared.send()
    if (!sent) return
    const leaving: UnderWay = { prepared, failed: false }
    this.#underWay.push(leaving)
    void sent.then(isDone => this.#ended(leaving, isDone))
  }

  #ended(left: UnderWay, isDone: boolean): void {
    if (isDone) this.#underWay.splice(this.#underWay.indexOf(left), 1)
    else {
      left.failed = true
      this.#recovering = true
    }
    if (!this.#recovering) this.#advance()
    // What left after the one that failed may still arrive: it must be known before anything is repeated.
    else if (this.#underWay.every(({ failed }) => failed)) void this.#recover()
  }

  async #recover(): Promise<void> {
    for (const { prepared } of this.#underWay) await prepared.again()
    this.#underWay = []
    this.#recovering = false
    this.#advance()
  }
}
