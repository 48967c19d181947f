import type { Cancel, Clock, Ids } from '../kernel/index.ts'

/** How soon a question that nobody answered is asked again, in milliseconds, and how often it is asked. */
const againMs = 250
const maxTries = 4
/** The same for each that is heard of meanwhile, and the most: a crowd that comes at once has much to read, and less to ask. */
const againMsPerKnown = 5
const maxAgainMs = 5_000
/** How long after an answer it is asked once more, in milliseconds: who came at the same time may have been missed. */
const confirmMs = 1_000

/** A question that is to be asked now. */
export interface Question {
  readonly nonce: string
  /** How often it has been asked before. */
  readonly tries: number
}

/** A newcomer's question who is there: asked until it is answered, and once more a while later. */
export class Enquiry {
  readonly #deps: EnquiryDeps
  #nonce: string | undefined
  #isFirst = true
  #cancel: Cancel | undefined

  constructor(deps: EnquiryDeps) {
    this.#deps = deps
  }

  /** Asks, whatever was asked before. */
  begin(): void {
    this.#ask(this.#deps.ids.next(), 0, true)
  }

  /** Whether this answers the question. */
  answers(nonce: string): boolean {
    return nonce === this.#nonce
  }

  /** The answer is complete. */
  answered(): void {
    this.#nonce = undefined
    this.#deps.onAnswered(this.#isFirst)
  }

  close(): void {
    this.#cancel?.()
    this.#nonce = undefined
  }

  #ask(nonce: string, tries: number, isFirst: boolean): void {
    this.#nonce = nonce
    this.#isFirst = isFirst
    this.#cancel?.()
    this.#await(tries, this.#deps.clock.elapsed())
    this.#deps.ask({ nonce, tries })
  }

  /** Waits for the answer of a question that was asked at `askedAt`. */
  #await(tries: number, askedAt: number): void {
    const { clock, known, ids } = this.#deps
    const patienceMs = Math.min(Math.max(againMs, againMsPerKnown * known()), maxAgainMs)
    const leftMs = askedAt + patienceMs - clock.elapsed()
    if (leftMs > 0) {
      this.#cancel = clock.schedule(() => this.#await(tries, askedAt), leftMs)
      return
    }
    const [nonce, isFirst] = [this.#nonce, this.#isFirst]
    if (nonce !== undefined && tries + 1 < maxTries) {
      this.#ask(nonce, tries + 1, isFirst)
      return
    }
    // Nobody answers: then nobody is there.
    if (nonce !== undefined) this.answered()
    if (isFirst) this.#cancel = clock.schedule(() => this.#ask(ids.next(), 0, false), confirmMs)
  }
}

export interface EnquiryDeps {
  readonly clock: Clock
  readonly ids: Ids
  /** How many others are heard of. */
  readonly known: () => number
  readonly ask: (question: Question) => void
  /** It was answered, or nobody is there to do so; `isFirst`: and it was not the one of a while later. */
  readonly onAnswered: (isFirst: boolean) => void
}
