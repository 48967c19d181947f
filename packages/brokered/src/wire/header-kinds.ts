import { areOfOneHeaderKind, type Header } from '@sm/core/transport'

/** Most kinds that are remembered. Whoever comes with more makes everyone read and write a little more. */
const maxKinds = 256

/** The written form of each header kind: it is made once. */
export class WrittenHeaderKinds<Common> {
  readonly #write: (header: Header) => Common
  readonly #kinds = new Map<string, Common>()
  #lastHeader: Header | undefined
  #last: Common | undefined

  constructor(write: (header: Header) => Common) {
    this.#write = write
  }

  /** For a header of which {@link hasHeaderKind} is true. */
  of(header: Header): Common {
    if (this.#lastHeader === undefined || !areOfOneHeaderKind(header, this.#lastHeader)) {
      this.#last = this.#find(header)
      this.#lastHeader = header
    }
    return this.#last as Common
  }

  #find(header: Header): Common {
    const { type, version, from, to, replyTo, delivery, contentType } = header
    const key = `${type}\n${version}\n${from}\n${to}\n${replyTo}\n${delivery}\n${contentType}`
    let common = this.#kinds.get(key)
    if (common === undefined) {
      common = this.#write(header)
      if (this.#kinds.size >= maxKinds) this.#kinds.clear()
      this.#kinds.set(key, common)
    }
    return common
  }
}

/** The headers of kinds of messages, by the text that all messages of a kind begin with: it is read and checked once. */
export class ReadHeaderKinds {
  readonly #kinds = new Map<string, Header>()
  #lastText = ''
  #last: Header | undefined

  /** The header of the first message of a kind: what differs from message to message is not to be taken from it. */
  get(text: string): Header | undefined {
    // Most messages are of the kind of the one before, and a comparison costs less than a hash.
    if (text === this.#lastText) return this.#last
    const header = this.#kinds.get(text)
    if (header) this.#keep(text, header)
    return header
  }

  add(text: string, header: Header): void {
    if (this.#kinds.size >= maxKinds) this.#kinds.clear()
    this.#kinds.set(text, header)
    this.#keep(text, header)
  }

  #keep(text: string, header: Header): void {
    this.#lastText = text
    this.#last = header
  }
}
