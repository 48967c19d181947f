/** A frame on its way to a consumer: by which receipt it is to be acked. */
const delivered = /HMSG \S+ \S+ \$JS\.ACK\.(?:[^.\s]+\.){2}(\d+)\.(\d+)\.(\d+)\.\d+\.\d+ \d+ \d+\r\n/g
const numbered = /"number":(\d+)[,}]/
/** More than a message of a fault run has, of which a part may still be on its way. */
const longest = 4_096

/** One delivery as the server counts: which of the message, and which of the consumer. */
interface Delivery {
  readonly attempt: number
  readonly place: number
}

/**
 * The deliveries of a server at least once, as a listener on the wire sees them. A server counts how often it has delivered a
 * message; before 2.10.18 it may take one that it has just delivered for one that it has not, when it finds only requests of dead
 * connections while it redelivers. Then it delivers it once more, and the count does not rise.
 */
export class Deliveries {
  readonly #tails = new Map<object, string>()
  /** By the number that the stream has given to the message. */
  readonly #seen = new Map<string, Delivery[]>()
  readonly #numbers = new Map<number, Set<string>>()

  /** Some bytes that came to one connection. */
  see(connection: object, bytes: Buffer): void {
    const text = (this.#tails.get(connection) ?? '') + bytes.toString('latin1')
    const found = [...text.matchAll(delivered)]
    let from = Math.max(0, text.length - longest)
    for (const [i, match] of found.entries()) {
      const [line, attempt, sequence, place] = match as unknown as [string, string, string, string]
      const number = numbered.exec(text.slice(match.index, found[i + 1]?.index))?.[1]
      // The rest of the last one may be still to come.
      if (number === undefined) continue
      this.#note(Number(number), sequence, { attempt: Number(attempt), place: Number(place) })
      from = Math.max(from, match.index + line.length)
    }
    this.#tails.set(connection, text.slice(from))
  }

  /** Why a message came twice, if the server delivered it once more without counting that. */
  explain(number: number): string | undefined {
    for (const sequence of this.#numbers.get(number) ?? []) {
      const inOrder = [...(this.#seen.get(sequence) ?? [])].sort((a, b) => a.place - b.place)
      const isUncounted = inOrder.some(({ attempt, place }, i) => {
        const before = inOrder[i - 1]
        return before && before.place < place && before.attempt >= attempt
      })
      if (isUncounted) return 'the server delivered it once more without counting that'
    }
    return undefined
  }

  #note(number: number, sequence: string, delivery: Delivery): void {
    this.#seen.set(sequence, [...(this.#seen.get(sequence) ?? []), delivery])
    this.#numbers.set(number, (this.#numbers.get(number) ?? new Set()).add(sequence))
  }
}
