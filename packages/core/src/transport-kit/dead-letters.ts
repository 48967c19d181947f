import type { DeadLetter, RejectReason } from '../contract/index.ts'
import { Deque } from '../kernel/index.ts'
import type { Frame } from '../message/index.ts'

/** Most dead letters that are kept in memory, and most bytes of them; the oldest make room. */
const maxLetters = 1_000
const maxBytes = 67_108_864

/** The size of the body of a frame, in bytes. */
function bytesOf({ frame: { body } }: DeadLetter): number {
  try {
    return body.bytes().length
  } catch {
    // A value that no wire has asked for, and that its codec cannot write.
    return 0
  }
}

/** Frames that were given up where no broker keeps them: in memory, newest last, bounded in number and bytes. */
export class DeadLetters {
  readonly #letters = new Deque<DeadLetter>()
  #bytes = 0
  #total = 0

  /** How many are kept. */
  get size(): number {
    return this.#letters.length
  }

  /** How many there have been, those that had to make room included. */
  get total(): number {
    return this.#total
  }

  add(frame: Frame, reason: RejectReason): void {
    const letter = { frame, reason }
    this.#letters.push(letter)
    this.#bytes += bytesOf(letter)
    this.#total += 1
    while (this.#letters.length > maxLetters || (this.#bytes > maxBytes && this.#letters.length > 1)) {
      this.#bytes -= bytesOf(this.#letters.shift() as DeadLetter)
    }
  }

  /** The dead letters that are kept, oldest first. */
  items(): readonly DeadLetter[] {
    return this.#letters.items()
  }
}
