import { describeThrown, type SmError } from '@sm/core/transport'
import { archiveError } from '../errors.ts'

/** Where a fault was met. */
export interface FaultPlace {
  readonly file: string
  /** Number of the line in its file, from 1. */
  readonly line?: number
  /** Where in the file, in bytes. */
  readonly at?: number
}

/** What could not be read, told as it is met; or, where nobody listens, at the end: what can be read comes first. */
export class ReadingFaults {
  readonly #listener: ((fault: SmError) => void) | undefined
  #first: SmError | undefined
  #count = 0

  constructor(listener: ((fault: SmError) => void) | undefined) {
    this.#listener = listener
  }

  /** The end of a file is not whole. */
  torn(place: FaultPlace): void {
    const what = `The end of ${place.file} is not whole`
    this.#add(archiveError('SM_ARCHIVE_TORN', what, { details: { ...place } }))
  }

  unreadable(what: string, place: FaultPlace, cause?: unknown): void {
    const why = cause === undefined ? '' : `: ${describeThrown(cause)}`
    this.#add(archiveError('SM_ARCHIVE_UNREADABLE', `${what}${why}`, { cause, details: { ...place } }))
  }

  /** Throws where something could not be read and nobody was told. */
  end(): void {
    if (!this.#first || this.#listener) return
    if (this.#count === 1) throw this.#first
    const what = `${this.#count} parts of the archive could not be read, the first of them: ${this.#first.message}`
    throw archiveError('SM_ARCHIVE_UNREADABLE', what, { cause: this.#first, details: { count: this.#count } })
  }

  #add(fault: SmError): void {
    this.#count += 1
    this.#first ??= fault
    this.#listener?.(fault)
  }
}
