const lineFeed = 10

/** Lines of bytes that come in pieces. Of a line that is too long nothing is kept. */
export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether there is a line whose end has not come. */
  get hasRest(): boolean {
    return this.#bytes > 0
  }

  /** The lines that end in `bytes`, without their line feeds; undefined in the place of one that is too long. */
  *push(bytes: Buffer): Generator<Buffer | undefined> {
    let from = 0
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
      this.#add(bytes.subarray(from, end))
      const line = this.#bytes > this.#maxBytes ? undefined : Buffer.concat(this.#pieces)
      this.drop()
      from = end + 1
      yield line
    }
    this.#add(bytes.subarray(from))
  }

  /** Forgets the line whose end has not come. */
  drop(): void {
    this.#pieces = []
    this.#bytes = 0
  }

  #add(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#bytes > this.#maxBytes) this.#pieces = []
    else if (piece.length > 0) this.#pieces.push(piece)
  }
}
