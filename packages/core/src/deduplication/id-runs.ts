/** Length of a ULID, and of the part that those of one sender have in common while they count up. */
const idLength = 26
const prefixLength = 22

/** Values of the digits of a ULID by their character code; -1 for what is none. */
const digits = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'].entries()) digits[digit.charCodeAt(0)] = value

/** The last four digits of a ULID as a number; negative for an id of another kind. */
function counterOf(id: string): number {
  if (id.length !== idLength) return -1
  let counter = 0
  for (let at = prefixLength; at < idLength; at++) {
    const digit = digits[id.charCodeAt(at)] ?? -1
    if (digit < 0) return -1
    counter = (counter << 5) | digit
  }
  return counter
}

/** Numbers in order as runs of neighbours: first and last of each, `[0, 5, 8, 8]`. */
type Runs = number[]

/** Where the first run stands that ends at `number` or after it. */
function placeOf(runs: Runs, number: number): number {
  let [low, high] = [0, runs.length / 2]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((runs[2 * middle + 1] as number) < number) low = middle + 1
    else high = middle
  }
  return 2 * low
}

function holds(runs: Runs, number: number): boolean {
  // Undefined beyond the last run, which compares as false.
  return (runs[placeOf(runs, number)] as number) <= number
}

function insert(runs: Runs, number: number): void {
  const at = placeOf(runs, number)
  const joinsLeft = Number(runs[at - 1] === number - 1)
  const joins = joinsLeft + Number(runs[at] === number + 1)
  runs.splice(at - joinsLeft, joins, ...[number, number].slice(joins))
}

function remove(runs: Runs, number: number): void {
  const at = placeOf(runs, number)
  const [first, last] = [runs[at] as number, runs[at + 1] as number]
  const left = first < number ? [first, number - 1] : []
  runs.splice(at, 2, ...left, ...(number < last ? [number + 1, last] : []))
}

/** What an id is kept under: its prefix, or all of it where it is no ULID. Ids hold no control character. */
function keyOf(id: string, number: number): string {
  return number < 0 ? `${id}\n` : id.slice(0, prefixLength)
}

/**
 * A set of message ids. Those of our agents are ULIDs that count up within a millisecond of their sender, so that most
 * follow the one before: they are kept as runs, and to add one is to move the end of a run.
 */
export class IdRuns {
  readonly #byKey = new Map<string, Runs>()
  #size = 0
  /** The runs that were added to last, and what they are kept under. */
  #last: Runs = []
  #lastKey = ''

  get size(): number {
    return this.#size
  }

  /** Adds an id that directly follows the one that was added last. False for every other: it has not been looked for. */
  addNext(id: string): boolean {
    const runs = this.#last
    const end = runs.length - 1
    if (end < 0 || counterOf(id) !== (runs[end] as number) + 1 || !id.startsWith(this.#lastKey)) return false
    ;(runs[end] as number) += 1
    this.#size += 1
    return true
  }

  /** Adds an id. False if it was there. */
  add(id: string): boolean {
    const number = counterOf(id)
    const key = keyOf(id, number)
    let runs = this.#byKey.get(key)
    if (!runs) {
      runs = []
      this.#byKey.set(key, runs)
    }
    this.#lastKey = key
    this.#last = runs
    if (holds(runs, number)) return false
    insert(runs, number)
    this.#size += 1
    return true
  }

  has(id: string): boolean {
    const number = counterOf(id)
    return holds(this.#byKey.get(keyOf(id, number)) ?? [], number)
  }

  /** Whether it may hold this id, or one that {@link addNext} takes after it. */
  mayHold(id: string): boolean {
    return this.#byKey.has(keyOf(id, counterOf(id)))
  }

  delete(id: string): void {
    if (!this.has(id)) return
    const number = counterOf(id)
    remove(this.#byKey.get(keyOf(id, number)) as Runs, number)
    this.#size -= 1
  }
}
